//! Blocks in other languages: run by their interpreter where it is installed, some of them by `nicepay-sim exec`.

use std::process::{Command, Stdio};
use std::sync::LazyLock;

use nicepay_sim::testing::Simulator;

use super::blocks::{Block, Document};
use super::shell::{bash, compared, say};
use super::wrong;
use crate::common::process::Folder;

/// The info string, the interpreter, and how it checks the syntax of a file.
const LANGUAGES: [(&str, &str, &[&str]); 3] =
    [("js", "node", &["--check"]), ("py", "python3", &["-m", "py_compile"]), ("php", "php", &["-l"])];

/// The info string of a program that `nicepay-sim exec` runs, what ends well where it can run, the command, and the file.
const BY_EXEC: [(&str, &[&str], &[&str], &str); 6] = [
    ("php,exec", &["php", "-r", "exit((int) !extension_loaded('curl'));"], &["php"], "shop.php"),
    ("js,exec", &["node", "--eval", "fetch"], &["node"], "shop.mjs"),
    ("py,exec", &["python3", "--version"], &["python3"], "shop.py"),
    ("ruby,exec", &["ruby", "--version"], &["ruby"], "shop.rb"),
    ("go,exec", &["go", "version"], &["go", "run"], "shop.go"),
    // A runtime without a compiler does not run source files.
    ("java,exec", &["javac", "-version"], &["java"], "Shop.java"),
];

/// Tests that start `nicepay-sim` from the `PATH`.
struct Tests {
    /// The info string of their blocks.
    info: &'static str,
    /// What ends well where they can run.
    needs: &'static [&'static str],
    /// The file of a block.
    file: &'static str,
    /// Another file, and its text.
    other: (&'static str, &'static str),
    /// Runs them, and fails when no test ran.
    commands: &'static str,
}

const AS_TESTS: [Tests; 2] = [
    Tests {
        info: "go,test",
        needs: &["go", "version"],
        file: "shop_test.go",
        other: ("go.mod", "module shop\n\ngo 1.19\n"),
        commands: "go vet . && go test -count=1 -v . | tee result && grep -q '^--- PASS: ' result",
    },
    // With Debian's package `junit5`.
    Tests {
        info: "java,test",
        needs: &["bash", "-c", "javac -version && test -e /usr/share/java/junit-platform-console-standalone.jar"],
        file: "ShopTest.java",
        other: ("junit", "/usr/share/java/junit-platform-console-standalone.jar"),
        commands: "javac -cp \"$(cat junit)\" -d classes ShopTest.java && \
                   java -jar \"$(cat junit)\" --disable-banner --fail-if-no-tests --class-path classes --scan-classpath",
    },
];

/// What the program says of its settings.
pub(super) fn help() -> &'static str {
    static HELP: LazyLock<String> = LazyLock::new(|| Folder::new().run(&["serve", "--help"]).stdout);
    &HELP
}

/// Whether this is the info string of a program that `nicepay-sim exec` runs, or of a test.
pub(super) fn is_run(info: &str) -> bool {
    BY_EXEC.iter().map(|(known, ..)| known).chain(AS_TESTS.iter().map(|tests| &tests.info)).any(|known| *known == info)
}

/// Whether a page has a program that is run.
pub(super) fn has_any(document: &Document) -> bool {
    LANGUAGES.iter().any(|(info, ..)| document.with_info(info).next().is_some())
}

/// What is wrong with programs of which the syntax is checked only.
pub(super) fn test(document: &Document) -> Vec<String> {
    let folder = Folder::new();
    let mut all = Vec::new();
    for (info, interpreter, check) in LANGUAGES {
        let blocks: Vec<_> = document.with_info(&format!("{info},check")).collect();
        if blocks.is_empty() || !is_there(document, interpreter) {
            continue;
        }
        for (_, block) in blocks {
            let file = folder.write(&format!("block.{}", extension(info, &block.text)), &block.text);
            let arguments: Vec<_> = check.iter().copied().chain([file.as_str()]).collect();
            all.extend(ended(interpreter, &arguments, &folder).err().map(|why| wrong(document, block, &why)));
        }
    }
    all.extend(BY_EXEC.iter().flat_map(|of| by_exec(document, &folder, of)));
    all.extend(AS_TESTS.iter().flat_map(|of| as_tests(document, of)));
    all
}

/// Runs the tests of one language.
fn as_tests(document: &Document, tests: &Tests) -> Vec<String> {
    let mut all = Vec::new();
    for (_, block) in document.with_info(tests.info) {
        let folder = Folder::new();
        if ended(tests.needs[0], &tests.needs[1..], &folder).is_err() {
            say(&format!("{}: {:?} does not run here: its tests were NOT RUN", document.path, tests.needs));
            continue;
        }
        folder.write(tests.file, &block.text);
        folder.write(tests.other.0, tests.other.1);
        let output = bash(&folder, tests.commands, &[]).output().unwrap();
        if !output.status.success() {
            let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            all.push(wrong(document, block, &format!("its tests end with {}:\n{}", output.status, said.concat())));
        }
    }
    all
}

/// Runs the programs of one language by `nicepay-sim exec`.
fn by_exec(
    document: &Document,
    folder: &Folder,
    (info, needs, command, file): &(&str, &[&str], &[&str], &str),
) -> Vec<String> {
    let blocks: Vec<_> = document.with_info(info).collect();
    if !blocks.is_empty() && ended(needs[0], &needs[1..], folder).is_err() {
        say(&format!("{}: {needs:?} does not run here: its blocks were NOT RUN", document.path));
        return Vec::new();
    }
    let mut all = Vec::new();
    for (at, block) in blocks {
        folder.write(file, &block.text);
        let run = folder.run(&[&["exec", "--"], *command, &[*file]].concat());
        if run.code == Some(0) {
            all.extend(compared(document, at, block, &run.stdout));
        } else {
            all.push(wrong(document, block, &format!("it ended with {:?}:\n{}{}", run.code, run.stdout, run.stderr)));
        }
    }
    all
}

/// Runs the programs of a page: all blocks of one language are one.
pub(super) fn run(document: &Document, sim: &Simulator, folder: &Folder) -> Vec<String> {
    let mut all = Vec::new();
    for (info, interpreter, _) in LANGUAGES {
        let blocks: Vec<(usize, &Block)> = document.with_info(info).collect();
        let Some((last, block)) = blocks.last().copied() else { continue };
        if !is_there(document, interpreter) {
            continue;
        }
        let text: String = blocks.iter().map(|(_, block)| block.text.as_str()).collect();
        let file = folder
            .write(&format!("page.{}", extension(info, &text)), &text.replace("http://127.0.0.1:8606", sim.url()));
        match ended(interpreter, &[&file], folder) {
            Ok(output) => {
                all.extend(compared(document, last, block, &output.replace(sim.url(), "http://127.0.0.1:8606")));
            }
            Err(why) => all.push(wrong(document, block, &why)),
        }
    }
    all
}

/// How a file is called: Node reads a module, which may wait at its top level, otherwise than what calls `require`.
fn extension<'i>(info: &'i str, text: &str) -> &'i str {
    match info {
        "js" if text.contains("require(") => "cjs",
        "js" => "mjs",
        other => other,
    }
}

/// What a program prints; or why it did not end well.
fn ended(interpreter: &str, arguments: &[&str], folder: &Folder) -> Result<String, String> {
    let output = Command::new(interpreter).args(arguments).current_dir(&folder.0).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{interpreter}: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(format!("{interpreter} ended with {}:\n{}{}", output.status, text(&output.stdout), text(&output.stderr)))
    }
}

/// Whether an interpreter is installed; where it is not, the test says so.
fn is_there(document: &Document, interpreter: &str) -> bool {
    let there = Command::new(interpreter).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !there {
        say(&format!("{}: {interpreter} is not installed: its blocks were NOT RUN", document.path));
    }
    there
}
