<?php
namespace NicepaySim;
/** For test cases of PHPUnit: one simulator, a merchant for each test, and evidence of a failed test. */
trait UsesNicepay
{
    private array $nicepayMerchants = [];
    /** The flags that the simulator starts with. Override it to change them. */
    protected static function nicepayFlags(): array { return []; }
    protected static function nicepay(): Simulator { return Simulator::open(...static::nicepayFlags()); }
    /** The merchant of this test; with another name, another one. */
    protected function merchant(string $name = ''): Merchant
    {
        return $this->nicepayMerchants[$name] ??= static::nicepay()->merchant();
    }
    protected function onNotSuccessfulTest(\Throwable $t): never
    {
        $test = $this->toString();
        $hash = str_contains($test, ' ') ? '-' . hash('crc32b', $test) : ''; // Two data sets can differ in signs only.
        $folder = 'nicepay-evidence/' . substr(preg_replace('/\W+/', '-', $test), 0, 200 - strlen($hash)) . $hash;
        $isSkipped = $t instanceof \PHPUnit\Framework\SkippedTest || $t instanceof \PHPUnit\Framework\IncompleteTest;
        foreach ($isSkipped ? [] : $this->nicepayMerchants as $name => $merchant) {
            try {
                file_put_contents('php://stderr', "\n" . $merchant->explainFailure());
                $merchant->evidence($folder . rtrim('/' . substr(rawurlencode($name), 0, 200), '/'));
                file_put_contents('php://stderr', "Evidence: $folder\n");
            } catch (NicepaySimError $error) {
                file_put_contents('php://stderr', "\nNo evidence: {$error->getMessage()}\n");
            }
        }
        parent::onNotSuccessfulTest($t);
        throw $t;
    }
}
