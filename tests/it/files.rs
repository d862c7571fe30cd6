//! Scenario files: checked without serving, described for editors, and read again while the simulator runs.

use std::fs;

use nicepay_sim::testing::{Shop, Simulator};
use serde_json::{Value, json};

use crate::common::process::{Ended, Folder};
use crate::schema::Schema;

const KEY: &str = "files-key";
/// A story that refuses everything, by a rule of that name.
fn rejects(id: &str) -> String {
    format!("title = 'Rejects'\n[[rule]]\nid = '{id}'\n[rule.then]\noutcome = 'reject'\n")
}

/// The program's end, which has to be this, and whose stderr has to say all that.
#[track_caller]
fn ends(ended: &Ended, code: i32, says: &[&str]) {
    assert_eq!(ended.code, Some(code), "{ended:?}");
    for part in says {
        assert!(ended.stderr.contains(part), "{part:?} is not in:\n{}", ended.stderr);
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// check

#[test]
fn what_is_right_is_one_line() {
    let folder = Folder::new();
    let mine = folder.write(
        "mine.toml",
        "title = 'One review'\n[[rule]]\nid = 'slow'\n[rule.when]\namt = 5\n[rule.then]\noutcome = 'review'\n\
         [[example]]\ngiven = { amt = 5 }\nexpect = { rule = 'slow', outcome = 'review' }\n\
         [[example]]\nexpect = { outcome = 'approve' }\n",
    );
    let ended = folder.run(&["check", &mine]);
    ends(&ended, 0, &[]);
    assert_eq!(ended.stdout, format!("ok   {mine}: One review (1 rule, 2 examples)\n"));
    assert_eq!(ended.stderr, "");
    let all = folder.run(&["check"]);
    ends(&all, 0, &[]);
    assert!(all.stdout.contains("ok   reject.toml (built in): Reject (1 rule, 0 examples)\n"), "{}", all.stdout);
    assert!(all.stdout.lines().count() >= 17 && all.stdout.lines().all(|line| line.starts_with("ok   ")), "{all:?}");
}

#[test]
fn every_file_is_checked_whatever_is_wrong_with_others() {
    let folder = Folder::new();
    let key = folder.write("a-key.toml", "title = 't'\n[[rule]]\n[rule.then]\noutcom = 'approve'\n");
    let good = folder.write("b-good.toml", "title = 'Good'");
    let example = folder.write(
        "c-example.toml",
        "title = 't'\n[[example]]\nsays = 'who pays'\nexpect = { outcome = 'reject' }\n\
         [[example]]\nexpect = { outcome = 'approve' }\n[[example]]\nexpect = { rule = 'mine' }\n",
    );
    let missing = folder.0.join("d-missing.toml").to_str().unwrap().to_owned();
    let ended = folder.run(&["check", &key, &good, &example, &missing]);
    ends(
        &ended,
        3,
        &[
            "a-key.toml, line 4, column 1: unknown field `outcom`, expected one of `outcome`, `reason`",
            "4 | outcom = 'approve'\n  | ^",
            "c-example.toml, line 2, column 1: who pays: `outcome` is approve, expected reject",
            "c-example.toml, line 7, column 1: `rule` is c-example/default, expected mine",
            "d-missing.toml: cannot be read: No such file",
        ],
    );
    let lines: Vec<_> = ended.stdout.lines().collect();
    assert_eq!(
        lines,
        [
            format!("bad  {key}: 1 error"),
            format!("ok   {good}: Good (0 rules, 0 examples)"),
            format!("bad  {example}: 2 errors"),
            format!("bad  {missing}: 1 error"),
        ]
    );
    fs::remove_file(&example).unwrap();
    fs::remove_file(&key).unwrap();
    let ended = folder.run(&["check", folder.0.to_str().unwrap()]);
    ends(&ended, 0, &[]);
    assert_eq!(ended.stdout, format!("ok   {good}: Good (0 rules, 0 examples)\n"), "a folder is its files");
}

#[test]
fn files_include_one_another_from_beside_and_given_together() {
    let folder = Folder::new();
    let base = folder.write("base.toml", &rejects("all"));
    let expects = "[[example]]\nexpect = { rule = 'base/all' }\n";
    let top = folder.write("top.toml", &format!("title = 'Top'\ninclude = ['base']\n{expects}"));
    let ended = folder.run(&["check", &top]);
    ends(&ended, 0, &[]);
    assert_eq!(ended.stdout, format!("ok   {top}: Top (1 rule, 1 example)\n"), "base.toml lies beside it");

    let other = Folder::new();
    let far = other.write("far.toml", &format!("title = 'Far'\ninclude = ['base.toml']\n{expects}"));
    ends(
        &other.run(&["check", &far]),
        3,
        &["far.toml, line 2, column 12: no scenario is called \"base.toml\"; use one of"],
    );
    ends(&other.run(&["check", &far, &base]), 0, &[]);
    ends(&other.run(&["check", &far, "--scenarios", folder.0.to_str().unwrap()]), 0, &[]);

    let other_base = other.write("base.toml", &rejects("here"));
    let ended = other.run(&["check", &far, &base, &other_base]);
    ends(&ended, 3, &["far.toml, line 3, column 1: `rule` is base/here, expected base/all"]);
    assert!(ended.stdout.contains("ok") && ended.stdout.lines().count() == 3, "what is nearest wins: {ended:?}");
}

#[test]
fn the_settings_say_what_is_checked_when_nothing_is_named() {
    let folder = Folder::new();
    fs::create_dir(folder.0.join("stories")).unwrap();
    folder.write("stories/approve.toml", "title = 'My approval'");
    folder.write("stories/bad.toml", "title = 5");
    folder.write("single.toml", "title = 'Single'\ninclude = ['beside']");
    folder.write("beside.toml", "title = 'Beside'");
    folder.write("nicepay-sim.toml", "scenarios = 'stories'\nscenario = 'single.toml'");
    let ended = folder.run(&["check"]);
    ends(&ended, 3, &["stories/bad.toml, line 1, column 9: invalid type: integer `5`, expected a string"]);
    for line in [
        "ok   stories/approve.toml: My approval (0 rules, 0 examples)",
        "ok   single.toml: Single (0 rules, 0 examples)",
        "ok   beside.toml: Beside (0 rules, 0 examples)",
        "bad  stories/bad.toml: 1 error",
        "ok   reject.toml (built in): Reject (1 rule, 0 examples)",
    ] {
        assert!(ended.stdout.lines().any(|printed| printed == line), "{line}\n{}", ended.stdout);
    }
    fs::remove_file(folder.0.join("stories/bad.toml")).unwrap();
    ends(&folder.run(&["check"]), 0, &[]);
    ends(&folder.run(&["check", "--scenarios", "nowhere"]), 3, &["nowhere: cannot be read: No such file"]);
    ends(&folder.run(&["check", "--nonsense"]), 2, &["--nonsense"]);
    folder.write("nicepay-sim.toml", "sed = 1");
    ends(&folder.run(&["check"]), 3, &["nicepay-sim.toml", "line 1, column 1"]);
}

#[test]
fn what_lies_in_a_folder_beside_scenarios_does_no_harm() {
    let folder = Folder::new();
    let dir = folder.0.to_str().unwrap();
    ends(&folder.run(&["check", dir]), 3, &["there is no .toml file in this folder"]);
    let good = folder.write("good.toml", "title = 'Good'");
    folder.write(".#good.toml", "an editor's");
    folder.write("good.toml~", "an editor's");
    folder.write("notes.txt", "not ours");
    fs::create_dir(folder.0.join("folder.toml")).unwrap();
    let book = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/kredivo.toml");
    fs::copy(book, folder.0.join("kredivo.toml")).unwrap();
    let ended = folder.run(&["check", dir]);
    ends(&ended, 0, &[]);
    let lines: Vec<_> = ended.stdout.lines().collect();
    assert_eq!(lines[0], format!("ok   {good}: Good (0 rules, 0 examples)"));
    assert!(lines[1].starts_with("skip ") && lines[1].contains("kredivo.toml: a lender catalog"), "{lines:?}");
    assert_eq!(folder.serve(&["--scenarios", dir, "--scenario", "good"]).stop().code, Some(0));
    ends(&folder.run(&["check", folder.0.join("folder.toml").to_str().unwrap()]), 3, &["no .toml file"]);
}

/// Bad files: what is written, and what is said of it.
fn bad_files() -> Vec<(&'static str, Vec<u8>, Vec<&'static str>)> {
    let bytes = |text: &str| text.as_bytes().to_vec();
    vec![
        (
            "key",
            bytes("title = 't'\n[rules]\n"),
            vec![
                "line 2, column 2",
                "unknown field `rules`, expected one of `title`, `description`",
                "2 | [rules]\n  |  ^",
            ],
        ),
        (
            "word",
            bytes("title = 't'\n[[rule]]\n[rule.then]\noutcome = 'pay'\n"),
            vec![
                "line 4, column 11",
                "expected one of `approve`, `review`, `reject`, `abandon`",
                "4 | outcome = 'pay'",
            ],
        ),
        (
            "type",
            bytes("title = 't'\n[pace]\nnotification = 5\n"),
            vec!["line 3, column 16", "expected a string", "3 | notification = 5"],
        ),
        (
            "sense",
            bytes("title = 't'\n[[rule]]\n[rule.then]\noutcome = 'approve'\nreason = 'risk'\n"),
            vec!["line 5, column 1", "`reason` needs the outcome `reject`", "5 | reason = 'risk'"],
        ),
        (
            "never",
            bytes(
                "title = 't'\n[[rule]]\n[rule.then]\noutcome = 'reject'\n[[rule]]\n[rule.then]\noutcome = 'review'\n",
            ),
            vec!["line 5, column 3", "can never match: the earlier rule never#1 always applies"],
        ),
        (
            "amount",
            bytes("title = 't'\n[[rule]]\nwhen = { amt = { from = 2, to = 1 } }\nthen = { outcome = 'reject' }\n"),
            vec!["line 3, column 10", "`amt` can never match: 2 is more than 1"],
        ),
        ("itself", bytes("title = 't'\ninclude = ['itself']\n"), vec!["line 2, column 12", "`itself` includes itself"]),
        (
            "nobody",
            bytes("title = 't'\ninclude = ['x']\n"),
            vec!["line 2, column 12", "no scenario is called \"x\"; use one of answer-code"],
        ),
        ("large", vec![b'#'; 10 * 1024 * 1024], vec!["10485760 bytes", "the maximum is 1048576"]),
        ("latin", b"title = 't'\n# caf\xe9\n".to_vec(), vec!["line 2, column 6", "not UTF-8", "2 | # caf"]),
        ("empty", Vec::new(), vec!["line 1, column 1", "missing field `title`"]),
        ("nul", vec![0; 8], vec!["line 1, column 9", "expected `=`", "1 | \u{fffd}\u{fffd}"]),
        ("half", bytes("title = 't'\n[[rule]]\nid = 'x"), vec!["line 3, column", "3 | id = 'x"]),
        (
            "tab",
            bytes("title = 't'\n\t[pace]\n\tnotification = 5\n"),
            vec!["line 3, column 17", "3 | \tnotification = 5\n  | \t               ^"],
        ),
        ("two words", bytes("title = 't'"), vec!["letters, digits"]),
    ]
}

#[test]
fn a_bad_file_ends_with_3_wherever_it_is_met() {
    for (name, bytes, says) in bad_files() {
        let folder = Folder::new();
        let path = folder.0.join(format!("{name}.toml"));
        fs::write(&path, bytes).unwrap();
        let (path, dir) = (path.to_str().unwrap(), folder.0.to_str().unwrap());
        for args in [
            &["check", path][..],
            &["check", dir],
            &["check", "--scenarios", dir],
            &["--listen", "127.0.0.1:0", "--scenario", path],
            &["--listen", "127.0.0.1:0", "--scenarios", dir],
        ] {
            let ended = folder.run(args);
            ends(&ended, 3, &[&[path][..], &says].concat());
            assert_eq!(ended.stderr.matches("nicepay-sim: ").count(), 1, "said once: {}", ended.stderr);
            assert!(!ended.stdout.contains("listening"), "{args:?}");
        }
    }
}

#[test]
fn a_folder_or_file_that_cannot_be_read_ends_with_3() {
    let folder = Folder::new();
    let dir = folder.0.to_str().unwrap();
    let listen = ["--listen", "127.0.0.1:0", "--scenarios"];
    ends(&folder.run(&[&listen[..], &["nowhere"]].concat()), 3, &["nowhere: cannot be read: No such file"]);
    folder.write("a.toml", "title = 't'\ninclude = ['b']");
    folder.write("b.toml", "title = 't'\ninclude = ['c']");
    folder.write("c.toml", "title = 't'\ninclude = ['a']");
    let cycle = ["a.toml, line 2, column 12", "a includes b includes c includes a"];
    ends(&folder.run(&[&listen[..], &[dir]].concat()), 3, &cycle);
    let ended = folder.run(&["check", dir]);
    ends(&ended, 3, &cycle);
    assert_eq!(ended.stdout.matches("bad ").count(), 3, "each of them: {}", ended.stdout);
    for name in ["a", "b", "c"] {
        fs::remove_file(folder.0.join(format!("{name}.toml"))).unwrap();
    }
    for (name, target) in [("loop", "loop.toml"), ("dangling", "gone")] {
        std::os::unix::fs::symlink(target, folder.0.join(format!("{name}.toml"))).unwrap();
        let file = format!("{name}.toml: cannot be read: ");
        ends(&folder.run(&[&listen[..], &[dir]].concat()), 3, &[&file]);
        ends(&folder.run(&["check", dir]), 3, &[&file]);
        fs::remove_file(folder.0.join(format!("{name}.toml"))).unwrap();
    }
    let pipe = folder.0.join("pipe.toml");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    ends(&folder.run(&["check", dir]), 3, &["pipe.toml: cannot be read: it is not a file"]);
}

// ---------------------------------------------------------------------------------------------------------------------
// schema

#[test]
fn the_schema_is_the_one_in_docs() {
    let printed = Folder::new().run(&["schema"]);
    ends(&printed, 0, &[]);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/scenario.schema.json");
    let said = "docs/scenario.schema.json is old: nicepay-sim schema > docs/scenario.schema.json";
    assert!(fs::read_to_string(path).unwrap() == printed.stdout, "{said}");
}

/// Every word that a file can have.
const EVERYTHING: &str = r"
title = 'Everything'
description = 'All words.'
include = ['binding-rejected']
[pace]
notification = '1s'
seamless = 'PT1S'
reviews = 'by-hand'
[cancel]
busy = '9m'
void-window = '1d'
[seamless]
unusable-token = 'login'
[[retry]]
on = [404, '5xx', 'timeout']
after = ['1s', '2s']
[[retry]]
on = 'unreachable'
after = []
[[rule]]
id = 'one'
times = 2
chance = 0.5
[rule.when]
modes = 'seamless'
iMid = 'PAYLOANTES'
referenceNo = 'order-*'
tXid = 'x'
amt = { from = 5 }
payMethod = '06'
mitraCd = ['KDVI', 'AKLP']
clientUserKey = 'c'
phone = '081291891818'
tenor = [1, 3]
nth = 2
[rule.then]
outcome = 'review'
reason = 'limit'
review = { after = '1s', verdict = 'reject' }
asks = 'otp'
token = 'revoked'
pace = { notification = '1s', seamless = '2s' }
notify = ['plain', { variant = 'duplicate', of = ['reject'], times = 3, every = '1s', after = '1s', fields = { a = 1 }, signed = true }]
[[rule]]
when = { mode = 'normal', amt = 5 }
then = { customer = { do = 'pay', after = '1s', phone = 81291891818, instmntMon = 3 } }
[[rule]]
when = { operation = 'inquiry' }
then = { answer = { status = 503, contentType = 'text/html', delay = { from = '1s', to = '2s' }, slow = '1s', performed = true } }
[[rule]]
when = { operation = ['cancel', 'check-mid'] }
then = { answer = 'reset' }
[[example]]
says = 'this'
given = { operation = 'inquiry', iMid = 'x', nth = 1, luck = 0.1 }
expect = { answer = 'status 503, contentType text/html, delay 1s to 2s, slow 1s' }
[[example]]
given = { mode = 'normal', notification = 'approve', amt = 5, tenor = 1, mitraCd = 'KDVI', phone = 81291891818 }
expect = { outcome = 'approve', notify = 'plain' }
";

#[test]
fn the_schema_takes_what_can_be_read_and_nothing_else() {
    let schema: Value = serde_json::from_str(&Folder::new().run(&["schema"]).stdout).unwrap();
    let schema = Schema::new(schema);
    let errors = |text: &str| schema.differences(&toml::from_str(text).unwrap());
    let folder = Folder::new();
    let everything = folder.write("everything.toml", EVERYTHING);
    ends(&folder.run(&["check", &everything]), 0, &[]);
    assert_eq!(errors(EVERYTHING), [""; 0]);
    let mut stories = 0;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios");
    let drills = fs::read_dir(format!("{folder}/audit")).unwrap();
    for entry in fs::read_dir(folder).unwrap().chain(drills) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let book = ["kredivo", "akulaku", "indodana"].contains(&path.file_stem().unwrap().to_str().unwrap());
        let found = errors(&fs::read_to_string(&path).unwrap());
        assert_eq!(found.is_empty(), !book, "{}: {found:?}", path.display());
        stories += usize::from(!book);
    }
    assert!(stories >= 17, "{stories}");
    for bad in [
        "",
        "title = 5",
        "titel = 't'",
        "title = 't'\nrule = 'x'",
        "title = 't'\n[[rule]]\nid = 'x'",
        "title = 't'\n[[rule]]\nthen = { outcom = 'reject' }",
        "title = 't'\n[[rule]]\nthen = { outcome = 'pay' }",
        "title = 't'\n[[rule]]\nwhen = { modes = ['normaal'] }\nthen = { outcome = 'reject' }",
        "title = 't'\n[[rule]]\nwhen = { tenor = 'three' }\nthen = { outcome = 'reject' }",
        "title = 't'\n[[rule]]\nthen = { notify = 'twice' }",
        "title = 't'\n[[rule]]\nthen = { notify = [{ variant = 'late', aft = '1s' }] }",
        "title = 't'\n[[rule]]\nthen = { answer = 'explode' }",
        "title = 't'\n[[rule]]\nthen = { customer = 'sleep' }",
        "title = 't'\n[[rule]]\nthen = { review = { after = '1s' }, outcome = 'review' }",
        "title = 't'\n[pace]\nnotification = 5",
        "title = 't'\n[[retry]]\non = 404",
        "title = 't'\n[[example]]\nsays = 'x'",
    ] {
        assert!(!errors(bad).is_empty(), "{bad}");
        let file = folder.write("bad.toml", bad);
        ends(&folder.run(&["check", &file]), 3, &[&file]);
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Read again while it runs

/// A simulator, and the folder that it looks at.
struct Watched {
    folder: Folder,
    sim: Simulator,
    shop: Shop,
    /// The last event that was waited for.
    seen: i64,
}

impl Watched {
    /// With `mine.toml` in force.
    fn start(mine: &str) -> Self {
        let folder = Folder::new();
        folder.write("mine.toml", mine);
        Self::of(folder, "mine")
    }

    fn of(folder: Folder, scenario: &str) -> Self {
        let dir = folder.0.display();
        let sim = Simulator::builder().scenario(scenario).settings(&format!("scenarios = '{dir}'")).start();
        let shop = sim.new_shop("FILES00001", KEY);
        let seen = sim.events("scenario.loaded")[0]["id"].as_i64().unwrap();
        Self { folder, sim, shop, seen }
    }

    /// Writes a file in one step: nobody reads half of it.
    fn put(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let half = self.folder.0.join("half");
        fs::write(&half, text).unwrap();
        let path = self.folder.0.join(name);
        fs::rename(half, &path).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// The next event of a type, in what comes after the last one.
    fn next(&mut self, kind: &str) -> Value {
        let call = format!("/__sim/api/events/wait?type={kind}&after={}&timeout=60s", self.seen);
        let reply = self.sim.http().get(&call);
        assert_eq!(reply.status, 200, "{kind}: {}", reply.body);
        let event = reply.json();
        self.seen = event["id"].as_i64().unwrap();
        event
    }

    fn info(&self) -> Value {
        self.sim.http().get("/__sim/api/info").json()
    }

    fn problems(&self) -> Value {
        self.info()["scenarios"]["problems"].clone()
    }

    /// The rule that decides about a new order.
    fn rule(&self, reference_no: &str) -> String {
        let registered = self.shop.register(&self.shop.order(reference_no, 25_145));
        let call = format!("/__sim/api/transactions/{}/buyer", registered.t_xid());
        self.sim.http().post_json(&call, &json!({})).json()["rule"].as_str().unwrap().to_owned()
    }
}

#[test]
fn a_file_that_changes_is_in_force_at_once() {
    let mut watched = Watched::start(&rejects("before"));
    let dir = watched.folder.0.to_str().unwrap().to_owned();
    assert_eq!(watched.info()["scenarios"], json!({ "dir": dir, "problems": [] }));
    assert_eq!(watched.rule("one"), "mine/before");
    watched.put("mine.toml", rejects("after"));
    let event = watched.next("scenario.loaded");
    assert_eq!((&event["scenario"], &event["file"]), (&json!("mine"), &json!(format!("{dir}/mine.toml"))));
    assert_eq!(watched.rule("two"), "mine/after");
    assert_eq!(watched.sim.events("scenario.refused").len(), 0);
    // In its place, with the same size.
    watched.folder.write("mine.toml", &rejects("again"));
    watched.next("scenario.loaded");
    assert_eq!(watched.rule("three"), "mine/again");
}

#[test]
fn a_built_in_scenario_gives_way_to_a_file_of_its_name_and_comes_back() {
    let mut watched = Watched::of(Folder::new(), "reject");
    assert_eq!(watched.rule("one"), "reject/everything");
    let file = watched.put("reject.toml", rejects("mine"));
    assert_eq!(watched.next("scenario.loaded")["file"], json!(file));
    assert_eq!(watched.rule("two"), "reject/mine");
    fs::remove_file(file).unwrap();
    assert_eq!(watched.next("scenario.loaded")["file"], "reject.toml (built in)");
    assert_eq!(watched.rule("three"), "reject/everything");
}

#[test]
fn what_is_wrong_changes_nothing_and_is_shown_until_it_is_right() {
    let mut watched = Watched::start(&rejects("good"));
    let file = watched.put("mine.toml", "title = 't'\n[[rule]]\n[rule.then]\noutcom = '<b>'\n");
    let event = watched.next("scenario.refused");
    assert_eq!((&event["file"], &event["line"], &event["column"]), (&json!(file), &json!(4), &json!(1)));
    assert!(event["message"].as_str().unwrap().starts_with("unknown field `outcom`, expected one of `outcome`"));
    assert_eq!(watched.rule("one"), "mine/good");
    let problem = json!({
        "file": file, "line": 4, "column": 1, "message": event["message"], "text": "outcom = '<b>'",
    });
    assert_eq!(watched.problems(), json!([problem]));
    let page = watched.sim.http().get("/").body;
    let html = scraper::Html::parse_document(&page);
    let line = scraper::Selector::parse("[data-testid=scenario-problems]").unwrap();
    let shown: String = html.select(&line).next().expect("a line about it").text().collect();
    assert!(
        shown.contains("mine.toml, line 4, column 1: unknown field") && shown.contains("outcom = '<b>'"),
        "{shown}"
    );
    assert!(!page.contains("<b>"));

    // Another file's mistake is told beside the first one's.
    watched.put("other.toml", "title = 't'\ninclude = ['nobody']");
    assert_eq!(watched.next("scenario.refused")["file"], json!(file));
    assert_eq!(watched.next("scenario.refused")["line"], 2);
    assert_eq!(watched.problems().as_array().unwrap().len(), 2);

    // What is right is only taken when all is.
    watched.put("mine.toml", rejects("better"));
    assert_eq!(watched.next("scenario.refused")["line"], 2);
    assert_eq!(watched.rule("two"), "mine/good");
    watched.put("other.toml", "title = 't'\ninclude = ['mine']");
    watched.next("scenario.loaded");
    assert_eq!(watched.rule("three"), "mine/better");
    assert_eq!(watched.problems(), json!([]));
    assert!(!watched.sim.http().get("/").body.contains("scenario-problems"));
}

#[test]
fn the_end_of_a_refusal_is_an_event_also_when_nothing_else_has_changed() {
    let mut watched = Watched::start(&rejects("good"));
    watched.put("mine.toml", "half");
    watched.next("scenario.refused");
    watched.put("mine.toml", rejects("good"));
    assert_eq!(watched.next("scenario.loaded")["scenario"], "mine");
    assert_eq!(watched.problems(), json!([]));
}

#[test]
fn bad_files_that_come_while_it_runs_are_refused_like_others() {
    let mut watched = Watched::start(&rejects("good"));
    for (name, bytes, says) in bad_files() {
        let path = watched.put(&format!("{name}.toml"), bytes);
        let event = watched.next("scenario.refused");
        assert_eq!(event["file"], json!(path));
        let problem = watched.problems()[0].clone();
        let said = ["message", "text"].map(|word| problem[word].as_str().unwrap().to_owned()).join("\n");
        let place = format!("line {}, column {}", problem["line"], problem["column"]);
        // Carets are for people.
        for part in says.into_iter().filter(|part| !part.contains('|')) {
            assert!(said.contains(part) || place.contains(part), "{name}: {part:?} is not in {problem}");
        }
        fs::remove_file(path).unwrap();
    }
    watched.next("scenario.loaded");
    assert_eq!((watched.rule("one").as_str(), watched.problems()), ("mine/good", json!([])));
}

#[test]
fn what_is_gone_stays_in_force_and_may_come_back() {
    let mut watched = Watched::start(&rejects("good"));
    fs::remove_file(watched.folder.0.join("mine.toml")).unwrap();
    let event = watched.next("scenario.refused");
    assert!(event["message"].as_str().unwrap().contains("the file is gone"), "{event}");
    fs::remove_dir(&watched.folder.0).unwrap();
    let event = watched.next("scenario.refused");
    assert_eq!((&event["file"], &event["line"]), (&json!(watched.folder.0.to_str().unwrap()), &json!(0)));
    assert!(event["message"].as_str().unwrap().starts_with("cannot be read: No such file"), "{event}");
    assert_eq!(watched.rule("one"), "mine/good");
    fs::create_dir(&watched.folder.0).unwrap();
    watched.put("mine.toml", rejects("back"));
    watched.next("scenario.loaded");
    assert_eq!(watched.rule("two"), "mine/back");
}

#[test]
fn what_was_counted_stays_for_files_that_have_not_changed() {
    let counted =
        "title = 'Once'\ninclude = ['rest']\n[[rule]]\nid = 'first'\ntimes = 1\n[rule.then]\noutcome = 'reject'\n";
    let folder = Folder::new();
    folder.write("once.toml", counted);
    folder.write("rest.toml", &rejects("rest"));
    let mut watched = Watched::of(folder, "once");
    assert_eq!(watched.rule("one"), "once/first");
    assert_eq!(watched.rule("two"), "rest/rest");
    watched.put("rest.toml", rejects("changed"));
    watched.next("scenario.loaded");
    assert_eq!(watched.rule("three"), "rest/changed", "once.toml has had its one time");
    watched.put("once.toml", counted.replace("Once", "Once more"));
    watched.next("scenario.loaded");
    assert_eq!(watched.rule("four"), "once/first", "what has changed counts anew");
}

#[test]
fn a_single_file_is_read_again_too_with_what_it_includes() {
    let folder = Folder::new();
    let file = folder.write("single.toml", "title = 'Single'\ninclude = ['beside']");
    folder.write("beside.toml", &rejects("before"));
    folder.write("bystander.toml", "this is none of our business");
    let sim = Simulator::builder().scenario(&file).start();
    let shop = sim.new_shop("FILES00001", KEY);
    let mut watched = Watched { folder, sim, shop, seen: 1 };
    assert_eq!(watched.info()["scenarios"], json!({ "dir": null, "problems": [] }));
    assert_eq!(watched.rule("one"), "beside/before");
    watched.put("beside.toml", rejects("after"));
    assert_eq!(watched.next("scenario.loaded")["file"], json!(file));
    assert_eq!(watched.rule("two"), "beside/after");
    watched.put("single.toml", "title = ''");
    assert_eq!(watched.next("scenario.refused")["file"], json!(file));
    assert_eq!(watched.rule("three"), "beside/after");
    fs::remove_file(&file).unwrap();
    assert!(watched.next("scenario.refused")["message"].as_str().unwrap().contains("No such file"));
    // As editors save: a new file takes the old one's place.
    watched.put("single.toml", rejects("own"));
    watched.next("scenario.loaded");
    assert_eq!(watched.rule("four"), "single/own");
}

#[test]
fn the_log_has_the_whole_mistake() {
    let folder = Folder::new();
    let file = folder.write("mine.toml", "title = 't'");
    let mut program = folder.serve(&["--scenario", &file]);
    folder.write("mine.toml", "title = 't'\nincluded = ['x']\n");
    let line = program.wait_for_log("WARN scenario files not reloaded, the previous scenarios stay active: ");
    assert!(line.contains("mine.toml, line 2, column 1: unknown field `included`"), "{line}");
    assert!(line.ends_with(", in `included = ['x']`\n"), "one entry is one line: {line}");
    folder.write("mine.toml", "title = 'u'");
    program.wait_for_log("scenario replaced");
    assert_eq!(program.stop().code, Some(0));
}
