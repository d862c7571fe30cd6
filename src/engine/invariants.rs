//! Properties that hold after every sequence of commands.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::clock::{MANUAL_START, SignedDuration, later};
use crate::domain::{
    Amount, BindingId, BindingRequest, Channel, ClientUserKey, Event, MerchantKey, Order, Partner, Phone, Reason,
    ReferenceNo, ResourceLimits, Stage, Tokenize, UserToken,
};
use crate::store::Filter;

const PHONES: [&str; 7] =
    ["081513114262", "081291891818", "089900000001", "089900000003", "089900000004", "089900000005", "089900000009"];

#[derive(Clone, Debug)]
enum Command {
    Register { amt: u64, tokenize: bool },
    Seamless { amt: u64, token: usize },
    Open(usize),
    SignIn { which: usize, phone: usize, right: bool },
    Choose { which: usize, months: u8 },
    EnterOtp { which: usize, right: bool },
    Resend(usize),
    GiveUp(usize),
    Play { which: usize, act: usize, phone: usize },
    Decide { which: usize, act: usize },
    Revoke(usize),
    Remove(usize),
    Cancel { which: usize, amt: u64, full: bool },
    CancelRest(usize),
    Bind { phone: usize },
    PlayBinding { which: u64, act: usize },
    Pass { seconds: i64 },
}

fn commands() -> impl Strategy<Value = Command> {
    let which = 0_usize..6;
    prop_oneof![
        (1_u64..4_000_000, any::<bool>()).prop_map(|(amt, tokenize)| Command::Register { amt, tokenize }),
        (1_u64..2_000_000, 0_usize..3).prop_map(|(amt, token)| Command::Seamless { amt, token }),
        which.clone().prop_map(Command::Open),
        (which.clone(), 0..PHONES.len(), prop::bool::weighted(0.8)).prop_map(|(which, phone, right)| Command::SignIn {
            which,
            phone,
            right
        }),
        (which.clone(), prop::sample::select(vec![1_u8, 3, 6, 12, 7]))
            .prop_map(|(which, months)| Command::Choose { which, months }),
        (which.clone(), prop::bool::weighted(0.8)).prop_map(|(which, right)| Command::EnterOtp { which, right }),
        which.clone().prop_map(Command::Resend),
        which.clone().prop_map(Command::GiveUp),
        (which.clone(), 0_usize..5, 0..PHONES.len()).prop_map(|(which, act, phone)| Command::Play {
            which,
            act,
            phone
        }),
        (which.clone(), 0_usize..3).prop_map(|(which, act)| Command::Decide { which, act }),
        (0_usize..3).prop_map(Command::Revoke),
        (0_usize..3).prop_map(Command::Remove),
        (which.clone(), 1_u64..3_000_000, any::<bool>()).prop_map(|(which, amt, full)| Command::Cancel {
            which,
            amt,
            full
        }),
        which.clone().prop_map(Command::CancelRest),
        (0..PHONES.len()).prop_map(|phone| Command::Bind { phone }),
        (1_u64..4, 0_usize..3).prop_map(|(which, act)| Command::PlayBinding { which, act }),
        prop_oneof![0_i64..3, Just(31), Just(130), Just(90_000)].prop_map(|seconds| Command::Pass { seconds }),
    ]
}

struct World {
    engine: Engine,
    merchant: Merchant,
    orders: Vec<crate::domain::TXid>,
    sessions: HashMap<usize, Arc<str>>,
    last_stage: HashMap<String, &'static str>,
}

impl World {
    fn new() -> Self {
        let merchant = Merchant::new(IMid::new("PAYLOANTES").unwrap(), MerchantKey::new("key-of-shop").unwrap());
        let engine = Engine::new(EngineSetup {
            library: Library::built_in(),
            retries: (3, SignedDuration::from_secs(60)),
            clock: Clock::manual(MANUAL_START.parse().unwrap()),
            entropy: Entropy::seeded(1),
            scenario: Scenario::built_in("approve").unwrap().unwrap(),
            notify_on: NotificationKind::OF_PAYMENTS.to_vec(),
            profile: Profile::Lenient,
            merchants: vec![merchant.clone()],
            tokens: Vec::new(),
            limits: ResourceLimits {
                transactions: 100,
                notifications: 1_000,
                event_bytes: 1 << 24,
                ..ResourceLimits::EXAMPLE
            },
        });
        Self { engine, merchant, orders: Vec::new(), sessions: HashMap::new(), last_stage: HashMap::new() }
    }

    fn register(&mut self, amt: u64, tokens: TokenUse<'_>) {
        let command = Register {
            i_mid: self.merchant.i_mid.clone(),
            reference_no: ReferenceNo::new(&format!("r{}", self.orders.len())).unwrap(),
            amount: Amount::from_rupiah(amt),
            order: Box::new(Order {
                goods_nm: "g".into(),
                billing_nm: "b".into(),
                billing_phone: "".into(),
                description: None,
                partner: Some(Partner::Kredivo),
                instmnt_mon: 1,
                instmnt_type: 2,
                db_process_url: "http://127.0.0.1:9/".into(),
            }),
            channel: Channel::Direct,
            callback_url: None,
            tokens,
            pay_valid: None,
            duplicates_refused: true,
        };
        if let Ok(registered) = self.engine.register(command) {
            assert!(!self.orders.contains(&registered.t_xid), "tXids are unique");
            self.orders.push(registered.t_xid);
        }
    }

    fn tokens(&self) -> Vec<UserToken> {
        self.engine.store().tokens.list(usize::MAX, |_| true).into_iter().map(|token| token.user_token).collect()
    }

    fn link(&self, which: usize) -> Option<Arc<str>> {
        let transaction = self.engine.transaction(self.orders.get(which)?.as_str())?;
        transaction.link
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each command")]
    fn run(&mut self, command: &Command) {
        let link = |which: usize| self.link(which).unwrap_or_else(|| "nothing".into());
        let session = |which: usize| self.sessions.get(&which).map(|session| &**session);
        match *command {
            Command::Register { amt, tokenize } => {
                let customer = ClientUserKey::new("customer").unwrap();
                self.register(amt, if tokenize { TokenUse::Issue(customer) } else { TokenUse::No });
            }
            Command::Seamless { amt, token } => {
                if let Some(token) = self.tokens().get(token) {
                    self.register(
                        amt,
                        TokenUse::Pay { user_token: token.as_str(), owner: None, owner_must_match: false },
                    );
                }
            }
            Command::Open(which) => {
                if let Some(id) = self.orders.get(which) {
                    self.engine.open_payment(id.as_str(), "http://shop/");
                }
            }
            Command::SignIn { which, phone, right } => {
                let phone = Phone::new(PHONES[phone]).unwrap();
                let pin = self.engine.shopper(&self.merchant.i_mid, &phone).unwrap().pin;
                let entered = if right { &*pin } else { "000000" };
                if let Ok(SignInResult::Success(session)) = self.engine.sign_in(&link(which), &phone, entered) {
                    self.sessions.insert(which, session);
                }
            }
            Command::Choose { which, months } => {
                let _ = self.engine.choose_plan(&link(which), session(which), months);
            }
            Command::EnterOtp { which, right } => {
                let _ = self.engine.enter_otp(&link(which), session(which), if right { "4567" } else { "0000" });
            }
            Command::Resend(which) => {
                let _ = self.engine.resend_otp(&link(which), session(which));
            }
            Command::GiveUp(which) => {
                let _ = self.engine.give_up(&link(which), session(which));
            }
            Command::Play { which, act, phone } => {
                let act = [
                    BuyerAction::Pay,
                    BuyerAction::Approve,
                    BuyerAction::Review,
                    BuyerAction::Reject(Reason::Risk),
                    BuyerAction::Abandon,
                ][act];
                if let Some(id) = self.orders.get(which) {
                    let phone = Some(Phone::new(PHONES[phone]).unwrap());
                    let _ = self.engine.play_buyer(id.as_str(), &BuyerCommand { action: act, phone, months: None });
                }
            }
            Command::Decide { which, act } => {
                let act = [PartnerAction::Approve, PartnerAction::Reject, PartnerAction::Expire][act];
                if let Some(id) = self.orders.get(which) {
                    let _ = self.engine.play_partner(id.as_str(), act);
                }
            }
            Command::Revoke(token) => {
                if let Some(token) = self.tokens().get(token) {
                    self.engine.revoke_token(&self.merchant.i_mid, token);
                }
            }
            Command::Remove(token) => {
                if let Some(token) = self.tokens().get(token) {
                    let _ = self.engine.remove_token(&self.merchant.i_mid, token.as_str());
                }
            }
            Command::Cancel { which, amt, full } => {
                if let Some(id) = self.orders.get(which) {
                    let amount = Amount::from_rupiah(amt);
                    let cancel = if full { Cancel::Full(amount) } else { Cancel::Part(amount) };
                    let _ = self.engine.cancel(id.as_str(), cancel);
                }
            }
            Command::CancelRest(which) => {
                if let Some(id) = self.orders.get(which) {
                    let _ = self.engine.cancel(id.as_str(), Cancel::BackOffice(None));
                }
            }
            Command::Bind { phone } => {
                let phone = Phone::new(PHONES[phone]).unwrap();
                let request = BindingRequest {
                    reference_no: ReferenceNo::new("bind").unwrap(),
                    billing_nm: "b".into(),
                    billing_phone: phone.local().into(),
                    phone,
                    billing_email: "".into(),
                    client_user_key: Some(ClientUserKey::new("customer").unwrap()),
                    db_process_url: "http://127.0.0.1:9/".into(),
                    callback_url: None,
                };
                self.engine.bind(BindAccount { i_mid: self.merchant.i_mid.clone(), request: Box::new(request) });
            }
            Command::PlayBinding { which, act } => {
                let act = [BindingAction::Bind, BindingAction::Reject, BindingAction::Abandon][act];
                let _ = self.engine.play_binding_buyer(BindingId(which), act, None);
            }
            Command::Pass { seconds } => {
                let now = later(self.engine.now(), SignedDuration::from_secs(seconds));
                self.engine.clock().set(now);
            }
        }
        let now = self.engine.now();
        while self.engine.take_due(now).is_some() {}
    }

    fn check(&mut self) {
        let i_mid = &self.merchant.i_mid;
        let entries = self.engine.store().log.read(&Filter::default(), usize::MAX);
        let events: Vec<&Event> = entries.iter().map(|entry| &entry.event).collect();
        assert!(events.windows(2).all(|pair| pair[0].id + 1 == pair[1].id), "numbers have no gaps");
        let mut owed: HashMap<Phone, u64> = HashMap::new();
        for id in &self.orders {
            let t = self.engine.transaction(id.as_str()).unwrap();
            let mine = |word: &str| {
                let is = |event: &&&Event| event.t_xid.as_ref() == Some(id) && serde_json::json!(event)["type"] == word;
                events.iter().filter(is).count()
            };
            let word = t.stage().as_str();
            let before = self.last_stage.insert(id.to_string(), word);
            match before {
                Some("approved") => {
                    assert!(matches!(word, "approved" | "cancelled"), "what is paid stays so, or goes back");
                }
                Some("declined" | "expired" | "cancelled") => assert_eq!(before, Some(word), "what is final stays so"),
                _ => {}
            }
            let paid = matches!(word, "approved" | "cancelled");
            for (event, happened) in [
                ("transaction.approved", paid),
                ("transaction.declined", word == "declined"),
                ("transaction.expired", word == "expired"),
            ] {
                assert_eq!(mine(event), usize::from(happened), "{event} exactly when it is so");
            }
            let refunds =
                events.iter().filter(|event| event.t_xid.as_ref() == Some(id)).filter_map(|event| match event.kind {
                    EventKind::Cancelled { amt, .. } => Some(amt.as_rupiah()),
                    _ => None,
                });
            let refunded = t.stage().refunded();
            assert_eq!(refunds.sum::<u64>(), refunded.as_rupiah(), "the refunds are those of the events");
            assert!(refunded <= t.amount && (refunded == t.amount) == (word == "cancelled"));
            assert_eq!(mine("notification.scheduled"), t.notifications.len());
            let expected =
                mine("transaction.approved") + mine("transaction.declined") + mine("transaction.under-review");
            assert_eq!(t.notifications.len(), expected, "one notification for each decision");
            if let Stage::Approved { phone, user_token, .. } | Stage::Cancelled { phone, user_token, .. } = t.stage() {
                *owed.entry(phone.clone()).or_default() += t.amount.saturating_sub(refunded).as_rupiah();
                assert_eq!(user_token.is_some(), t.tokenize != Tokenize::No, "a token exactly where one was asked for");
            }
        }
        for initial in self.engine.catalog().shoppers() {
            let now = self.engine.shopper(i_mid, &initial.phone).unwrap();
            let expected = initial.owes.as_rupiah() + owed.get(&initial.phone).copied().unwrap_or(0);
            assert_eq!(now.owes.as_rupiah(), expected, "a shopper owes what was lent");
        }
        let mut ended: Vec<&UserToken> = Vec::new();
        for event in &events {
            match &event.kind {
                EventKind::TokenRemoved { user_token } | EventKind::TokenRevoked { user_token } => {
                    ended.push(user_token);
                }
                EventKind::TokenUsed { user_token } => {
                    assert!(!ended.contains(&user_token), "what has ended never pays");
                }
                _ => {}
            }
        }
        let living = self.engine.store().tokens.list(usize::MAX, |token| token.is_active);
        let mut owners: Vec<_> =
            living.iter().map(|token| (&token.grant.client_user_key, &token.grant.phone)).collect();
        owners.sort();
        owners.dedup();
        assert_eq!(owners.len(), living.len(), "one living token for a customer and an account");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn any_sequence_of_commands_keeps_the_invariants(sequence in proptest::collection::vec(commands(), 1..60)) {
        let mut world = World::new();
        for command in &sequence {
            world.run(command);
            world.check();
        }
    }
}

#[test]
fn money_lent_by_parallel_seamless_payments_never_exceeds_the_limit() {
    let mut world = World::new();
    let (i_mid, phone) = (world.merchant.i_mid.clone(), Phone::new("081513114262").unwrap());
    let token = world.engine.issue_token(&i_mid, &ClientUserKey::new("c").unwrap(), &phone, None).unwrap();
    for _ in 0..40 {
        world.register(
            1_000_000,
            TokenUse::Pay { user_token: token.user_token.as_str(), owner: None, owner_must_match: false },
        );
    }
    let world = &world;
    std::thread::scope(|scope| {
        for part in world.orders.chunks(10) {
            scope
                .spawn(move || part.iter().for_each(|id| drop(world.engine.open_payment(id.as_str(), "http://shop/"))));
        }
    });
    let owes = world.engine.shopper(&i_mid, &phone).unwrap().owes.as_rupiah();
    assert_eq!(owes, 3_000_000, "3,500,000 is the limit, and each payment takes 1,000,000");
}

#[test]
fn parallel_cancels_never_give_back_more_than_was_paid() {
    let mut world = World::new();
    world.register(1_000_000, TokenUse::No);
    let (id, phone) = (world.orders[0].clone(), Phone::new("081291891818").unwrap());
    let command = BuyerCommand { action: BuyerAction::Pay, phone: Some(phone.clone()), months: None };
    world.engine.play_buyer(id.as_str(), &command).unwrap();
    let (engine, part) = (&world.engine, Cancel::Part(Amount::from_rupiah(70_000)));
    let given: u64 = std::thread::scope(|scope| {
        let many = (0..8).map(|_| {
            scope.spawn(|| {
                (0..10).filter_map(|_| engine.cancel(id.as_str(), part).ok()).map(|c| c.amount.as_rupiah()).sum::<u64>()
            })
        });
        many.collect::<Vec<_>>().into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(given, 980_000, "fourteen times 70,000 fit into 1,000,000, and equal cancels are cancels of their own");
    assert_eq!(engine.transaction(id.as_str()).unwrap().stage().refunded(), Amount::from_rupiah(980_000));
    let owes = engine.shopper(&world.merchant.i_mid, &phone).unwrap().owes;
    assert_eq!(owes, Amount::from_rupiah(20_000), "the limit came back with the money");
    assert_eq!(engine.cancel(id.as_str(), part).unwrap_err(), CancelError::TooMuch(Amount::from_rupiah(20_000)));
}
