//! Cases of languages whose grammar differs most from English. That whole logs are counted like the
//! English one is held by `crates/slowlog/tests/languages.rs`.

use slowlog_event::{Killed, LockStep, Micros, Severity, Step};

use super::table::LANGUAGES;
use super::{is_unknown, killed, label, parameters, prepare, severity};
use crate::postgres::label::Label;
use crate::postgres::message::{Message, message};

#[allow(clippy::unnecessary_wraps, reason = "as the parser returns it")]
fn statement(step: Step, micros: Option<u64>, text: &str) -> Option<Message<'_>> {
    Some(Message::Statement { step, duration: micros.map(Micros), text: text.as_bytes() })
}

#[test]
fn durations_and_statements() {
    for (text, expected) in [
        ("Dauer: 0.054 ms  Anweisung: SELECT 1", statement(Step::Simple, Some(54), "SELECT 1")),
        ("Dauer: 0.054 ms  Parsen S_1: SELECT 1", statement(Step::Parse, Some(54), "SELECT 1")),
        ("Dauer: 0.054 ms  Binden S_1/C_2: SELECT 1", statement(Step::Bind, Some(54), "SELECT 1")),
        (
            "Dauer: 1.0 ms  Ausführen <unnamed>: SELECT ': '",
            statement(Step::Execute, Some(1000), "SELECT ': '"),
        ),
        (
            "Dauer: 1.0 ms  Ausführen Fetch von C_1: SELECT 1",
            statement(Step::Fetch, Some(1000), "SELECT 1"),
        ),
        ("Ausführen <unnamed>: SELECT 1", statement(Step::Execute, None, "SELECT 1")),
        ("Anweisung: SELECT 1", statement(Step::Simple, None, "SELECT 1")),
        ("Dauer: 0.175 ms", Some(Message::Duration(Micros(175)))),
        ("Dauer: 0.175 ms  Unsinn", None),
        // A blank before the colon, and a comma.
        ("durée : 0.054 ms, instruction : SELECT 1", statement(Step::Simple, Some(54), "SELECT 1")),
        // No colon where the duration stands alone.
        ("varaktighet 0.175 ms", Some(Message::Duration(Micros(175)))),
        ("varaktighet: 1.0 ms  kör hämtning från C: x", statement(Step::Fetch, Some(1000), "x")),
        // The name comes first.
        (
            "실행시간: 0.4 ms  S_1 구문분석: SELECT $1",
            statement(Step::Parse, Some(400), "SELECT $1"),
        ),
        (
            "실행시간: 0.4 ms  명령 구문: SELECT ' 구문분석: '",
            statement(Step::Simple, Some(400), "SELECT ' 구문분석: '"),
        ),
        // Nothing stands between the word and the name.
        ("执行时间: 0.4 ms 执行S_1: SELECT $1", statement(Step::Execute, Some(400), "SELECT $1")),
        (
            "执行时间: 0.4 ms 执行FETCH操作C_1: SELECT $1",
            statement(Step::Fetch, Some(400), "SELECT $1"),
        ),
        (
            "продолжительность: 0.4 мс, оператор: SELECT 1",
            statement(Step::Simple, Some(400), "SELECT 1"),
        ),
    ] {
        assert_eq!(message(text.as_bytes()), expected, "{text}");
    }
}

#[test]
fn locks_and_files() {
    for (text, process, object, waited, acquired) in [
        (
            "Prozess 7 wartet immer noch auf ShareLock-Sperre auf Transaktion 731 nach 200,006 ms bei Zeichen 8",
            7,
            "Transaktion 731",
            200_006,
            false,
        ),
        (
            "Prozess 7 erlangte ShareLock-Sperre auf Transaktion 731 nach 1090,006 ms",
            7,
            "Transaktion 731",
            1_090_006,
            true,
        ),
        // The arguments stand in another order.
        (
            "プロセス7は200.006 ms後にトランザクション 731上のShareLockを獲得しました",
            7,
            "トランザクション 731",
            200_006,
            true,
        ),
        ("进程7在200.006 ms仍然等待在事务 731上的ShareLock", 7, "事务 731", 200_006, false),
    ] {
        let expected = Message::LockWait {
            process,
            object: object.as_bytes(),
            waited: Micros(waited),
            step: if acquired { LockStep::Acquired } else { LockStep::Waits },
        };
        assert_eq!(message(text.as_bytes()), Some(expected), "{text}");
    }
    assert_eq!(
        message("temporäre Datei: Pfad »base/pgsql_tmp/pgsql_tmp1.1«, Größe 1343488".as_bytes()),
        Some(Message::TemporaryFile { bytes: 1_343_488 })
    );
    assert_eq!(message("принято подключение: узел=[local]".as_bytes()), Some(Message::Connected));
    assert_eq!(
        message("断开连接: 会话时间: 0:00".as_bytes()),
        Some(Message::Disconnected { lasted: None })
    );
}

#[test]
fn labels() {
    for (text, one_blank, expected) in [
        ("FEHLER:  x", false, Some((Label::Severity(Severity::Error), 9))),
        ("FEHLER: x", true, Some((Label::Severity(Severity::Error), 8))),
        ("FEHLER: x", false, None),
        ("FEHLER:", false, Some((Label::Severity(Severity::Error), 7))),
        ("INSTRUCTION :  x", false, Some((Label::Statement, 15))),
        // Nothing behind the colon.
        ("쿼리:SELECT", false, Some((Label::Query, 7))),
        ("日志:  x", false, Some((Label::Severity(Severity::Log), 9))),
        ("FEHLERHAFT:  x", false, None),
        ("F", false, None),
        ("", false, None),
    ] {
        assert_eq!(label(text.as_bytes(), one_blank), expected, "{text}");
    }
    assert_eq!(severity("СООБЩЕНИЕ".as_bytes()), Some(Severity::Log));
    assert_eq!(severity(b"DETALLE"), None);
    assert!(is_unknown(b"[unbekannt]") && !is_unknown(b"[x]"));
    assert_eq!(parameters(b"Parameter: $1 = 'x'"), Some(&b"$1 = 'x'"[..]));
    assert_eq!(prepare("préparation : PREPARE".as_bytes()), Some(&b"PREPARE"[..]));
    let text = "storniere Anfrage wegen Zeitüberschreitung der Anfrage bei Zeichen 8";
    assert_eq!(killed(text.as_bytes(), false), Some(Killed::Timeout));
    assert_eq!(killed(b"Verbindung wird abgebrochen", true), None);
}

/// No two languages say different things with the same words.
#[test]
fn languages_do_not_contradict() {
    for language in &LANGUAGES {
        for (text, meaning) in language.labels {
            let found = label(format!("{text}x").as_bytes(), false);
            // Of Georgian, a notice is a warning.
            let same = matches!(meaning, Label::Severity(Severity::Notice | Severity::Warning));
            assert!(same || found == Some((*meaning, text.len())), "{text}: {found:?}");
        }
        for (text, meaning, needs_statement) in language.killed {
            assert_eq!(killed(text.as_bytes(), *needs_statement), Some(*meaning), "{text}");
        }
    }
}

#[test]
fn other_languages_are_named() {
    let head = "2026-03-01 10:00:00.000 UTC [7] ";
    for (text, expected) in [
        ("LOG:  duração: 0.942 ms  comando: SELECT 1", Some("Portuguese")),
        ("ERRO:  divisão por zero", Some("Portuguese")),
        ("DZIENNIK:  czas trwania: 0.942 ms  wyrażenie: SELECT 1", Some("Polish")),
        ("錯誤:  x", Some("Traditional Chinese")),
        ("LOG:  duration: 0.942 ms  statement: SELECT 'LOG:  süre: '", None),
        ("LOG:  durata: 0.942 ms  istruzione: SELECT 1", None),
        ("LOG:  期間: 0.942 ミリ秒  文: SELECT 1", None),
    ] {
        let log = format!("{head}{text}\n\tERRO:  in a statement\n");
        assert_eq!(super::unknown_language(log.as_bytes()), expected, "{text}");
    }
}
