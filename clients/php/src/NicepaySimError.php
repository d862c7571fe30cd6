<?php
namespace NicepaySim;
/** The simulator does not start or answer, or it refused a call: then the code is the HTTP status. */
final class NicepaySimError extends \RuntimeException {}
