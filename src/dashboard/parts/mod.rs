//! What several pages show: frame, fields, messages, notifications, timeline, sequence diagram.

mod clock;
mod delivery;
mod diagnosis;
mod due;
mod fields;
pub(super) mod first_request;
mod frame;
mod marked;
pub(super) mod message;
mod notifications;
pub(super) mod query;
mod sequence;
mod span;
pub(super) mod state;
mod time;
mod timeline;
mod wrong_fields;

pub(super) use clock::done_with_jump;
pub(super) use delivery::{DeliveryState, DeliverySummary, Sentence};
pub(super) use diagnosis::Diagnosis;
pub(super) use due::{PageClock, due, held_until};
pub(super) use fields::{Field, fields, is_searched};
pub(super) use first_request::FirstRequest;
pub(super) use frame::{Frame, Section, instant, scenario_problems};
pub(super) use marked::{Piece, marked};
pub(super) use message::{Message, Row, rule_of};
pub(super) use notifications::{NotificationView, notification_views};
pub(super) use sequence::{Selected, Sequence};
pub(super) use span::span;
pub(super) use time::Time;
pub(super) use timeline::{TimelineEntry, timeline_entry};
pub(super) use wrong_fields::wrong_fields;
