//! What several pages show: frame, fields, messages, notifications, timeline, sequence diagram.

mod diagnosis;
mod due;
mod fields;
mod frame;
pub(super) mod message;
mod notifications;
pub(super) mod query;
mod sequence;
pub(super) mod state;
mod timeline;

pub(super) use diagnosis::Diagnosis;
pub(super) use due::{PageClock, due, held_until};
pub(super) use fields::{Field, fields};
pub(super) use frame::{Frame, Section, instant, scenario_problems, time};
pub(super) use message::Message;
pub(super) use notifications::{NotificationView, notification_views};
pub(super) use sequence::{Selected, Sequence};
pub(super) use timeline::{TimelineEntry, timeline_entry};
