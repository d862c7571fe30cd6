//! The shop forgets everything when its merchant is reset in the simulator, by whomever. **A merchant does not need this
//! file.**
//!
//! The simulator tells nobody of a reset, so the shop asks before it answers a browser. When nobody looks, it asks nothing.

use super::Demo;
use super::simulator::ControlCall;

impl Demo {
    /// Forgets all customers if the merchant was reset since the last look. A simulator that does not answer, or does not
    /// know the merchant, changes nothing.
    pub(super) async fn notice_reset(&self) {
        if let Some(upto) = self.simulator.events_hidden_upto(self.nicepay.i_mid()).await {
            self.customers(|customers| customers.notice_reset(upto));
        }
    }

    /// Resets the merchant in the simulator, and forgets all customers. Returns the call if it failed.
    pub(super) async fn start_over(&self) -> Result<(), ControlCall> {
        let call = self.simulator.reset(self.nicepay.i_mid()).await;
        if !call.succeeded() {
            return Err(call);
        }
        let upto = self.simulator.events_hidden_upto(self.nicepay.i_mid()).await;
        self.customers(|customers| customers.clear(upto));
        Ok(())
    }
}
