//! What several pages show: frame, fields, messages, notifications, timeline, sequence diagram.

mod diagnosis;
mod fields;
mod frame;
pub(super) mod message;
mod notifications;
pub(super) mod query;
mod sequence;
pub(super) mod state;
mod time;
mod timeline;

pub(super) use diagnosis::Diagnosis;
pub(super) use fields::{Field, fields};
pub(super) use frame::{Frame, Section, instant, scenario_problems, time};
pub(super) use message::Message;
pub(super) use notifications::{NotificationView, notifications};
pub(super) use sequence::{Selected, Sequence};
pub(super) use time::Time;
pub(super) use timeline::{TimelineEntry, timeline_entry};
