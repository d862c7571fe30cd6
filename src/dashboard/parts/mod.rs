//! What several pages show: frame, fields, messages, notifications, timeline, sequence diagram.

mod clock;
mod delivery;
mod diagnosis;
mod fields;
pub(super) mod first_request;
mod frame;
pub(super) mod message;
mod notifications;
pub(super) mod query;
mod sentence;
mod sequence;
pub(super) mod state;
mod time;
mod timeline;

pub(super) use clock::done_with_jump;
#[cfg(test)]
pub(super) use delivery::samples;
pub(super) use delivery::{
    DeliveryState, DeliverySummary, Failure, Retry, accepted_attempt, held_until, is_forged, not_sent, variant,
};
pub(super) use diagnosis::Diagnosis;
pub(super) use fields::{Field, fields, is_searched};
pub(super) use first_request::FirstRequest;
pub(super) use frame::{Frame, Section, scenario_problems};
pub(super) use message::{Message, Part, Row, rule_of};
pub(super) use notifications::{NotificationView, notification_views};
pub(super) use sentence::{Sentence, Words};
pub(super) use sequence::{Selected, Sequence, due};
pub(super) use time::{PageClock, Time, second};
pub(super) use timeline::{TimelineEntry, timeline_entry};
