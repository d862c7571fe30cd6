<?php
namespace NicepaySim;
/** The customer or the lender of one payment, without a browser. Each call is an action, and returns the new `stage`.
 * @method array pay(string $phone = null, int $instmntMon = null) @method array approve() @method array abandon()
 * @method array reject(string $reason = null) @method array review() @method array expire() */
final class Actor
{
    public function __construct(private Simulator $simulator, private ?string $tXid, private string $who)
    {
        $tXid ?: throw new NicepaySimError('there is no tXid: the registration was refused');
    }
    public function __call(string $action, array $fields): array
    {
        return $this->simulator->api('POST', "/transactions/$this->tXid/$this->who", ['do' => $action] + $fields);
    }
}
