//! A notification that is still to come is sent now, on request.

use super::attempts::subject_of;
use crate::domain::{Delivery, EventKind, NotificationId};
use crate::engine::Engine;
use crate::store::Work;

/// Why a notification is not delivered now. Nothing has changed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliverNowError {
    /// There is no such notification.
    #[error("there is no such notification")]
    NotFound,
    /// It is due, so it is in the queue or on its way.
    #[error("this notification is being sent at this moment")]
    BeingSent,
    /// Another attempt than the one that the caller means is next.
    #[error("attempt {asked} was asked for, and attempt {next} is next")]
    OtherAttempt {
        /// The attempt that was asked for.
        asked: u64,
        /// The attempt that is next.
        next: u64,
    },
    /// The merchant has accepted it.
    #[error("this notification was delivered; `resend` sends it again")]
    Delivered,
    /// Every attempt failed.
    #[error("every attempt of this notification failed, and no further one is due; `resend` sends it again")]
    Exhausted,
    /// It is not sent.
    #[error("this notification was skipped, so no attempt is due; `resend` sends it all the same")]
    Skipped,
}

impl Engine {
    /// Makes the next scheduled attempt of a notification due now, if it is `attempt`. What was planned before sends nothing
    /// any more.
    ///
    /// # Errors
    /// [`DeliverNowError`]
    pub fn deliver_now(&self, id: NotificationId, attempt: Option<u64>) -> Result<(), DeliverNowError> {
        let planned = self.store.notifications.update(id, |notification| {
            let now = self.now();
            let next = notification.attempts.len() as u64 + 1;
            match notification.delivery {
                // Also what somebody else has made due just before.
                Delivery::Scheduled { at } if at <= now => return Err(DeliverNowError::BeingSent),
                Delivery::Scheduled { .. } | Delivery::Held { .. } => match attempt {
                    Some(asked) if asked != next => return Err(DeliverNowError::OtherAttempt { asked, next }),
                    _ => {}
                },
                Delivery::Delivered => return Err(DeliverNowError::Delivered),
                Delivery::Exhausted => return Err(DeliverNowError::Exhausted),
                Delivery::Skipped => return Err(DeliverNowError::Skipped),
            }
            notification.delivery = Delivery::Scheduled { at: now };
            notification.plan = notification.plan.wrapping_add(1);
            let (variant, rule) = notification.variant_and_rule().unzip();
            let event =
                EventKind::NotificationScheduled { notification: id, kind: notification.kind, due: now, variant, rule };
            self.log(subject_of(notification), event);
            self.store.schedule.plan(now, Work::Send(id, notification.plan));
            Ok(())
        });
        planned.unwrap_or(Err(DeliverNowError::NotFound))
    }
}
