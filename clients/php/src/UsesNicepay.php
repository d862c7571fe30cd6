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

    /** @postCondition */
    #[\PHPUnit\Framework\Attributes\PostCondition]
    public function endNicepayMerchants(): void
    {
        foreach ($this->nicepayMerchants as $merchant) {
            $this->addToAssertionCount($merchant->assertions);
            $merchant->simulator->isOwn() ?: $merchant->remove(); // A simulator of others has no room for ever.
        }
    }

    protected function onNotSuccessfulTest(\Throwable $t): never
    {
        $folder = 'nicepay-evidence/' . substr(preg_replace('/\W+/', '-', $this->toString()), 0, 150);
        $isSkipped = $t instanceof \PHPUnit\Framework\SkippedTest || $t instanceof \PHPUnit\Framework\IncompleteTest;
        foreach ($isSkipped ? [] : $this->nicepayMerchants as $name => $merchant) {
            file_put_contents('php://stderr', $merchant->explain(rtrim("$folder/$name", '/')));
        }
        parent::onNotSuccessfulTest($t);
        throw $t;
    }
}
