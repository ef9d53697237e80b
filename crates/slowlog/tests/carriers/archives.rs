//! Members of archives are inputs of their own.

use std::fmt::Write as _;

use slowlog::Analyzer;

use crate::wrap::{
    Files, analyze, executions, gzip, log, problems, report, tar, zip, zip_stream, zstd,
};

fn names(analysis: &slowlog::Analysis) -> Vec<&str> {
    analysis.inputs.iter().map(|input| input.name.as_str()).collect()
}

#[test]
fn names_are_only_names() {
    let (a, b, c) = (log(7, 0, 10), log(7, 10, 10), log(7, 20, 10));
    let long = format!("{}.log", "x".repeat(200));
    let members = [
        ("/etc/cron.d/evil", a.as_bytes()),
        ("../../../evil.log", b.as_bytes()),
        (long.as_str(), c.as_bytes()),
    ];
    for content in [tar(&members), gzip(&tar(&members)), zip(&members), zip_stream(&members)] {
        let files = Files::new(&[("a", &content)]);
        let analysis = files.analyze(&["a"]);
        assert_eq!(executions(&analysis), 30);
        let long = format!("a:{long}");
        assert_eq!(names(&analysis), ["a:/etc/cron.d/evil", "a:../../../evil.log", &long]);
        assert_eq!(files.path().read_dir().unwrap().count(), 1);
    }
}

#[test]
fn what_is_no_log_is_left_out() {
    let text = log(7, 0, 10);
    let members = [("README", &b"hello\n"[..]), ("pg.log", text.as_bytes()), ("empty.log", b"")];
    for content in [tar(&members), gzip(&tar(&members)), zip(&members), zip_stream(&members)] {
        let analysis = analyze(&content);
        assert_eq!(problems(&analysis), ["not_a_log", "empty"]);
        assert_eq!(executions(&analysis), 10);
        assert!(analysis.is_complete(true));
    }
}

#[test]
fn archives_in_archives_are_not_opened() {
    let text = log(7, 0, 10);
    let inner = tar(&[("pg.log", text.as_bytes())]);
    for content in [
        zip(&[("a.tar", &inner)]),
        tar(&[("a.tgz", &gzip(&inner))]),
        tar(&[("a.zip", &zip(&[("pg.log", text.as_bytes())]))]),
        gzip(&gzip(text.as_bytes())),
        gzip(&tar(&[("pg.log.gz.zst", &zstd(&gzip(text.as_bytes())))])),
    ] {
        let analysis = analyze(&content);
        assert_eq!(problems(&analysis), ["not_opened"]);
        assert!(!analysis.is_complete(false));
        assert_eq!(executions(&analysis), 0);
    }
}

/// Members are put in the order of time, whatever theirs is.
#[test]
fn members_of_one_server_are_one_log() {
    let parts: Vec<String> = (0..7).map(|part| log(7, part * 3000, 3000)).collect();
    let whole = report(&analyze(parts.concat().as_bytes()));
    let order = [4, 0, 6, 5, 1, 3, 2];
    let names: Vec<String> = order.iter().map(|part: &usize| format!("{part}.log")).collect();
    let contents = order.iter().map(|part| parts[*part].as_bytes());
    let members: Vec<(&str, &[u8])> = names.iter().map(String::as_str).zip(contents).collect();
    for content in [tar(&members), zstd(&tar(&members)), zip(&members), zip_stream(&members)] {
        let analysis = analyze(&content);
        assert_eq!(report(&analysis), whole);
        assert!(analysis.inputs.iter().all(|input| input.stream == 0));
    }
}

#[test]
fn thousands_of_members() {
    let logs: Vec<String> = (0..5000).map(|member| log(member, member, 1)).collect();
    let names: Vec<String> = (0..5000).map(|member| format!("{member}.log")).collect();
    let members: Vec<(&str, &[u8])> =
        names.iter().zip(&logs).map(|(name, log)| (name.as_str(), log.as_bytes())).collect();
    for content in [tar(&members), gzip(&tar(&members)), zip(&members)] {
        let analysis = analyze(&content);
        assert_eq!(executions(&analysis), 5000);
        assert_eq!(analysis.inputs.len(), 5000);
        assert_eq!(problems(&analysis), [""; 0]);
    }
}

#[test]
fn too_many_members_are_told() {
    let mut content = Vec::new();
    let member = &tar(&[("x", b"")])[..512];
    for _ in 0..65_536 {
        content.extend_from_slice(member);
    }
    let text = log(7, 0, 10);
    content.extend_from_slice(&tar(&[("pg.log", text.as_bytes())]));
    let analysis = analyze(&gzip(&content));
    assert_eq!(analysis.inputs.len(), 65_537);
    assert_eq!(analysis.inputs.last().unwrap().problems[0].kind.word(), "too_many_members");
    assert!(!analysis.is_complete(false));
}

/// The damage is told of the member that it cuts, and of the archive whose rest is lost.
#[test]
fn a_truncated_archive() {
    let (a, b) = (log(7, 0, 200), log(7, 200, 200));
    let members = [("1.log", a.as_bytes()), ("2.log", b.as_bytes()), ("3.log", b"lost\n")];
    let mut told = String::new();
    for (kind, content) in [("tar", tar(&members)), ("zip", zip(&members))] {
        let end = content.windows(5).rposition(|name| name == b"2.log").unwrap();
        let end = content[..end].windows(5).rposition(|name| name == b"2.log").unwrap_or(end);
        let files = Files::new(&[(kind, &content[..end + 4000])]);
        let analysis = files.analyze_with(&[kind], Analyzer::new().threads(1));
        for input in &analysis.inputs {
            for problem in &input.problems {
                let place = problem.first.map(|place| place.line);
                let (name, kind) = (&input.name, problem.kind.word());
                writeln!(told, "{name}, line {place:?}: {kind} {:?}", problem.detail).unwrap();
            }
            writeln!(told, "{}: {:?} lost", input.name, input.lost_bytes).unwrap();
        }
    }
    insta::assert_snapshot!(told, @r#"
    tar:1.log: None lost
    tar:2.log, line Some(53): foreign_lines "202"
    tar:2.log, line Some(53): unfinished_line ""
    tar:2.log, line Some(53): damaged "tar archive ends too early"
    tar:2.log: Some(23338) lost
    tar, line None: damaged "tar archive ends too early"
    tar: None lost
    zip:1.log: None lost
    zip:2.log, line Some(60): unfinished_line ""
    zip:2.log, line Some(60): damaged "zip archive ends too early"
    zip:2.log: Some(22831) lost
    zip, line None: damaged "zip archive ends too early"
    zip: None lost
    "#);
}

#[test]
fn encrypted_members_are_told() {
    let text = log(7, 0, 10);
    let mut content = zip(&[("1.log", text.as_bytes()), ("2.log", text.as_bytes())]);
    // The flag of the first member.
    content[6] |= 1;
    let analysis = analyze(&content);
    assert_eq!(analysis.inputs[0].problems[0].detail, "it is encrypted");
    assert_eq!(executions(&analysis), 10);
}
