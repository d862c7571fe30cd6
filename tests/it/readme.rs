//! The README's walk, as written.

use std::process::{Command, Stdio};

use nicepay_sim::testing::Simulator;

const README: &str = include_str!("../../README.md");

/// The commands between the marks of the walk, in order.
fn walk() -> String {
    let walk = README.split_once("<!-- walk:begin -->").unwrap().1.split_once("<!-- walk:end -->").unwrap().0;
    let blocks: Vec<_> = walk.split("```bash\n").skip(1).map(|rest| rest.split_once("```").unwrap().0).collect();
    assert!(blocks.len() >= 6, "the walk has {} blocks", blocks.len());
    blocks.concat()
}

#[test]
fn the_walk_gives_a_user_token_and_a_seamless_payment_with_it() {
    let sim = Simulator::builder().clock("system").start();
    let script = walk().replace("http://127.0.0.1:8606", sim.url());
    let ran = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .env_remove("NOTIFY")
        .stdin(Stdio::null())
        .output()
        .expect("bash runs");
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{out}\n{err}");
    let token = out.lines().find_map(|line| line.strip_prefix("userToken: ")).expect("the walk prints the token");
    assert_eq!((token.len(), token.matches('-').count()), (36, 4), "{token:?}");
    assert_eq!(out.lines().last(), Some("status: 0"), "{out}");
    let used = sim.events("token.used");
    assert_eq!(used[0]["userToken"], token, "the seamless payment used that very token");
}

/// Every command, file and path that the README names exists.
#[test]
fn what_the_readme_names_exists() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let links = README.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link);
    for link in links.filter(|link| !link.starts_with("http") && !link.starts_with('#')) {
        let file = link.split('#').next().unwrap();
        assert!(root.join(file).exists(), "the README links to {file}");
    }
    assert!(README.contains("./scripts/test") && root.join("scripts/test").exists());
}
