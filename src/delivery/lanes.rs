//! Which attempt is made next: the attempts of one merchant to one host are a lane, and a receiver that does not answer
//! holds up its own lane only.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::Arc;

use crate::domain::IMid;

/// The attempts of a merchant to a host.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct LaneId {
    pub(super) i_mid: IMid,
    /// Name and port, as the URL has them.
    pub(super) host: Arc<str>,
}

impl LaneId {
    /// The lane of this merchant's notifications to this URL.
    pub(super) fn new(i_mid: &IMid, url: &str) -> Self {
        let (_, rest) = url.split_once("://").unwrap_or_default();
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default();
        Self { i_mid: i_mid.clone(), host: host.to_ascii_lowercase().into() }
    }
}

/// How many attempts may be in flight.
#[derive(Clone, Copy, Debug)]
struct Limits {
    lane: usize,
    merchant: usize,
    host: usize,
    /// Of all, without the reserve.
    shared: usize,
    /// Of all. What is above `shared` is for merchants that have none in flight.
    all: usize,
}

impl Limits {
    fn new(max: usize) -> Self {
        let max = max.max(1);
        Self {
            lane: max.div_ceil(8),
            merchant: max.div_ceil(4),
            host: max.div_ceil(2),
            shared: max - max / 4,
            all: max,
        }
    }
}

#[derive(Debug)]
struct Lane<J> {
    jobs: VecDeque<J>,
    in_flight: usize,
    /// Whether it takes turns, or waits for its merchant or its host.
    is_listed: bool,
}

/// What a merchant has in flight, and its lanes that wait for it.
#[derive(Debug, Default)]
struct Merchant {
    in_flight: usize,
    waiting: VecDeque<LaneId>,
    /// Whether it is in one of the lines.
    is_in_line: bool,
}

/// What is in flight to a host, and the lanes that wait for it.
#[derive(Debug, Default)]
struct Host {
    in_flight: usize,
    waiting: VecDeque<LaneId>,
}

/// The lanes.
#[derive(Debug)]
pub(super) struct Lanes<J> {
    limits: Limits,
    by_id: HashMap<LaneId, Lane<J>>,
    merchants: HashMap<IMid, Merchant>,
    hosts: HashMap<Arc<str>, Host>,
    in_flight: usize,
    /// The lanes that take turns. Each stays here until it has to wait, or is empty.
    turns: VecDeque<LaneId>,
    /// The merchants that wait for any attempt to end: those that have others in flight, and those that have none.
    for_shared: VecDeque<IMid>,
    for_reserve: VecDeque<IMid>,
    /// Jobs that count as in flight and are returned next.
    started: VecDeque<(LaneId, J)>,
}

impl<J> Lanes<J> {
    /// At most `max` attempts are in flight.
    pub(super) fn new(max: usize) -> Self {
        Self {
            limits: Limits::new(max),
            by_id: HashMap::new(),
            merchants: HashMap::new(),
            hosts: HashMap::new(),
            in_flight: 0,
            turns: VecDeque::new(),
            for_shared: VecDeque::new(),
            for_reserve: VecDeque::new(),
            started: VecDeque::new(),
        }
    }

    /// Adds a job at the end of its lane.
    pub(super) fn add(&mut self, id: LaneId, job: J) {
        let new = || Lane { jobs: VecDeque::new(), in_flight: 0, is_listed: false };
        self.by_id.entry(id.clone()).or_insert_with(new).jobs.push_back(job);
        self.list(id);
    }

    /// The next job, which is in flight until [`Lanes::finish`]; none where no lane may start one.
    pub(super) fn next(&mut self) -> Option<(LaneId, J)> {
        loop {
            if let Some(started) = self.started.pop_front() {
                return Some(started);
            }
            let id = self.turns.pop_front()?;
            self.try_start(id);
        }
    }

    /// A job of this lane has ended. Who waited for that comes before those that take turns.
    pub(super) fn finish(&mut self, id: &LaneId) {
        self.in_flight -= 1;
        if let Some(lane) = self.by_id.get_mut(id) {
            lane.in_flight -= 1;
            if lane.in_flight == 0 && lane.jobs.is_empty() {
                self.by_id.remove(id);
            }
        }
        if let Some(merchant) = self.merchants.get_mut(&id.i_mid) {
            merchant.in_flight -= 1;
        }
        if let Some(host) = self.hosts.get_mut(&id.host) {
            host.in_flight -= 1;
        }
        self.list(id.clone());
        while self.start_of(&id.i_mid) {}
        self.line_up(&id.i_mid);
        while let Some(host) = self.hosts.get_mut(&id.host).filter(|host| host.in_flight < self.limits.host)
            && let Some(waiting) = host.waiting.pop_front()
        {
            self.try_start(waiting);
        }
        while let Some(i_mid) = self.next_in_line() {
            self.start_of(&i_mid);
            self.line_up(&i_mid);
        }
        self.merchants.retain_one(&id.i_mid, |merchant| merchant.in_flight > 0 || !merchant.waiting.is_empty());
        self.hosts.retain_one(&id.host, |host| host.in_flight > 0 || !host.waiting.is_empty());
    }

    /// Gives a lane its turn, unless it waits already.
    fn list(&mut self, id: LaneId) {
        if let Some(lane) = self.by_id.get_mut(&id).filter(|lane| !lane.is_listed && !lane.jobs.is_empty()) {
            lane.is_listed = true;
            self.turns.push_back(id);
        }
    }

    fn may_start(&self, merchant: &Merchant) -> bool {
        let limit = if merchant.in_flight == 0 { self.limits.all } else { self.limits.shared };
        merchant.in_flight < self.limits.merchant && self.in_flight < limit
    }

    /// Starts the first job of a lane, or lets the lane wait.
    fn try_start(&mut self, id: LaneId) {
        let may_start = self.merchants.get(&id.i_mid).is_none_or(|merchant| self.may_start(merchant));
        let may_start = may_start && self.in_flight < self.limits.all;
        let Some(lane) = self.by_id.get_mut(&id) else { return };
        if lane.in_flight >= self.limits.lane {
            lane.is_listed = false;
            return;
        }
        let merchant = self.merchants.entry(id.i_mid.clone()).or_default();
        if !may_start {
            let i_mid = id.i_mid.clone();
            merchant.waiting.push_back(id);
            self.line_up(&i_mid);
            return;
        }
        let host = self.hosts.entry(Arc::clone(&id.host)).or_default();
        if host.in_flight >= self.limits.host {
            host.waiting.push_back(id);
            return;
        }
        lane.is_listed = false;
        let Some(job) = lane.jobs.pop_front() else { return };
        for in_flight in [&mut lane.in_flight, &mut merchant.in_flight, &mut host.in_flight, &mut self.in_flight] {
            *in_flight += 1;
        }
        self.list(id.clone());
        self.started.push_back((id, job));
    }

    /// Starts a job of a merchant whose lanes wait; returns whether one may have started.
    fn start_of(&mut self, i_mid: &IMid) -> bool {
        let may_start = self.merchants.get(i_mid).is_some_and(|merchant| self.may_start(merchant));
        let waiting = self.merchants.get_mut(i_mid).filter(|_| may_start).and_then(|one| one.waiting.pop_front());
        waiting.map(|id| self.try_start(id)).is_some()
    }

    /// Lets a merchant wait until any attempt ends, if its lanes wait for that and not for its own attempts.
    fn line_up(&mut self, i_mid: &IMid) {
        let Some(merchant) = self.merchants.get_mut(i_mid) else { return };
        if merchant.is_in_line || merchant.waiting.is_empty() || merchant.in_flight >= self.limits.merchant {
            return;
        }
        merchant.is_in_line = true;
        let line = if merchant.in_flight == 0 { &mut self.for_reserve } else { &mut self.for_shared };
        line.push_back(i_mid.clone());
    }

    /// The next merchant that need not wait any longer.
    fn next_in_line(&mut self) -> Option<IMid> {
        let reserve = if self.in_flight < self.limits.all { self.for_reserve.pop_front() } else { None };
        let shared = || if self.in_flight < self.limits.shared { self.for_shared.pop_front() } else { None };
        let i_mid = reserve.or_else(shared)?;
        if let Some(merchant) = self.merchants.get_mut(&i_mid) {
            merchant.is_in_line = false;
        }
        Some(i_mid)
    }
}

/// Removes an entry that need not be kept.
trait RetainOne<K, V> {
    fn retain_one(&mut self, key: &K, is_kept: impl FnOnce(&V) -> bool);
}

impl<K: Eq + Hash, V> RetainOne<K, V> for HashMap<K, V> {
    fn retain_one(&mut self, key: &K, is_kept: impl FnOnce(&V) -> bool) {
        if self.get(key).is_some_and(|value| !is_kept(value)) {
            self.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lane(merchant: usize, host: usize) -> LaneId {
        LaneId::new(&IMid::new(&format!("SHOP{merchant}")).unwrap(), &format!("http://host{host}/notify"))
    }

    /// Starts all that may start.
    fn start(lanes: &mut Lanes<u32>) -> Vec<LaneId> {
        std::iter::from_fn(|| lanes.next()).map(|(id, _)| id).collect()
    }

    fn add(lanes: &mut Lanes<u32>, id: &LaneId, count: u32) {
        for number in 0..count {
            lanes.add(id.clone(), number);
        }
    }

    #[test]
    fn a_lane_is_a_merchant_and_a_host() {
        for (url, host) in [
            ("http://Shop.test/notify", "shop.test"),
            ("https://user:pa@ss@shop.test:8443?x=/", "shop.test:8443"),
            ("http://[::1]:80/", "[::1]:80"),
            ("nonsense", ""),
        ] {
            assert_eq!(&*LaneId::new(&IMid::new("SHOP").unwrap(), url).host, host, "{url}");
        }
    }

    #[test]
    fn a_receiver_that_hangs_holds_up_only_its_own_lane() {
        let mut lanes = Lanes::new(1_024);
        add(&mut lanes, &lane(1, 1), 10_000);
        assert_eq!(start(&mut lanes).len(), 128);
        for other in [lane(2, 2), lane(2, 1), lane(1, 2)] {
            add(&mut lanes, &other, 1);
            assert_eq!(start(&mut lanes), [other]);
        }
    }

    #[test]
    fn a_merchant_with_many_hosts_and_a_host_with_many_merchants_have_limits() {
        let mut lanes = Lanes::new(1_024);
        for host in 0..1_000 {
            add(&mut lanes, &lane(1, host), 10);
        }
        assert_eq!(start(&mut lanes).len(), 256, "of one merchant");
        for merchant in 2..1_000 {
            add(&mut lanes, &lane(merchant, 2_000), 10);
        }
        assert_eq!(start(&mut lanes).len(), 512, "to one host");
        add(&mut lanes, &lane(5_000, 5_000), 1_000);
        assert_eq!(start(&mut lanes).len(), 1, "the last quarter is for merchants that have none in flight");
        add(&mut lanes, &lane(5_001, 5_001), 1_000);
        assert_eq!(start(&mut lanes).len(), 1);
    }

    #[test]
    fn lanes_take_turns() {
        let mut lanes = Lanes::new(16);
        for merchant in 0..3 {
            add(&mut lanes, &lane(merchant, merchant), 2);
        }
        let order: Vec<_> = start(&mut lanes).iter().map(|id| id.i_mid.to_string()).collect();
        assert_eq!(order, ["SHOP0", "SHOP1", "SHOP2", "SHOP0", "SHOP1", "SHOP2"]);
    }

    #[test]
    fn one_at_a_time_is_possible() {
        let mut lanes = Lanes::new(1);
        add(&mut lanes, &lane(1, 1), 2);
        add(&mut lanes, &lane(2, 2), 1);
        let mut order = Vec::new();
        while let [only] = &start(&mut lanes)[..] {
            order.push(only.i_mid.to_string());
            lanes.finish(only);
        }
        assert_eq!(order, ["SHOP1", "SHOP2", "SHOP1"]);
    }

    proptest! {
        /// No limit is exceeded, no lane waits for nothing, and every job comes out, in the order of its lane.
        #[test]
        fn every_job_is_made_in_its_turn(
            max in 1_usize..40,
            steps in proptest::collection::vec((0_usize..6, 0_usize..5, 0_usize..8, any::<prop::sample::Index>()), 1..200),
        ) {
            let mut lanes = Lanes::new(max);
            let limits = Limits::new(max);
            let (mut in_flight, mut added): (Vec<LaneId>, HashMap<LaneId, u32>) = (Vec::new(), HashMap::new());
            let mut seen: HashMap<LaneId, u32> = HashMap::new();
            let mut take = |lanes: &mut Lanes<u32>, in_flight: &mut Vec<LaneId>| {
                while let Some((id, number)) = lanes.next() {
                    let expected = seen.entry(id.clone()).or_default();
                    assert_eq!(number, *expected);
                    *expected += 1;
                    in_flight.push(id);
                }
                let count = |is: &dyn Fn(&LaneId) -> bool| in_flight.iter().filter(|id| is(id)).count();
                assert!(in_flight.len() <= limits.all && in_flight.len() == lanes.in_flight);
                for id in in_flight.iter() {
                    assert!(count(&|other| other == id) <= limits.lane);
                    assert!(count(&|other| other.i_mid == id.i_mid) <= limits.merchant);
                    assert!(count(&|other| other.host == id.host) <= limits.host);
                }
                for (id, lane) in lanes.by_id.iter().filter(|(_, lane)| !lane.jobs.is_empty()) {
                    let merchant = lanes.merchants.get(&id.i_mid);
                    let may_start = merchant.map_or(lanes.in_flight < limits.all, |merchant| lanes.may_start(merchant))
                        && lane.in_flight < limits.lane
                        && lanes.hosts.get(&id.host).is_none_or(|host| host.in_flight < limits.host);
                    assert!(!may_start, "{id:?} waits for nothing");
                }
            };
            for (merchant, host, count, index) in steps {
                if count == 0 && !in_flight.is_empty() {
                    let ended = in_flight.swap_remove(index.index(in_flight.len()));
                    lanes.finish(&ended);
                }
                for _ in 0..count {
                    let id = lane(merchant, host);
                    let number = added.entry(id.clone()).or_default();
                    lanes.add(id, *number);
                    *number += 1;
                }
                take(&mut lanes, &mut in_flight);
            }
            while let Some(ended) = in_flight.pop() {
                lanes.finish(&ended);
                take(&mut lanes, &mut in_flight);
            }
            prop_assert_eq!(seen, added);
            prop_assert!(lanes.by_id.is_empty() && lanes.merchants.is_empty() && lanes.hosts.is_empty());
        }
    }
}
