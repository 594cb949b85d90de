"""What the evidence judge counts in code: rules, failure paths, tests and traces of operation."""

import re
from collections.abc import Mapping

_PATTERNS: Mapping[str, str] = {
    "test_case": (
        r"\bdef test_|@Test\b|\bit\(|\btest\(|func Test|#\[test\]|\bfun `|\[Fact\]|\[Theory\]|"
        r"@ParameterizedTest|\bcontext\(|describe\("
    ),
    "assertion": r"\bassert|\bexpect\(|\.should|\bt\.(?:Fatal|Error)|require\.\w|EXPECT_|is_expected|verify\(",
    "assert_raises": (
        r"pytest\.raises|assertThrows|toThrow|rejects\.|assertRaises|shouldThrow|should_panic|assertFailsWith|"
        r"Throws<|errors\.Is\(|is_err\(\)|raise_error|expect_err"
    ),
    "assert_status": (
        r"(?:status|code|statusCode|StatusCode)\w*\W{1,14}(?:to\w*\W*)?(?:4\d\d|5\d\d)|(?:assert|"
        r"expect).{0,60}\b(?:400|401|403|404|409|410|412|422|429|500|503)\b"
    ),
    "test_concurrency": (
        r"ThreadPool|Executor|CountDownLatch|CyclicBarrier|threading|Thread\(|asyncio\.gather|Promise\.all|"
        r"sync\.WaitGroup|go func|errgroup|coroutineScope|async \{|tokio::spawn|parallel|Barrier\("
    ),
    "test_fault": (
        r"\bkill|crash|fail(?:s|ing|ed|ure)?_|fault|timeout|flaky|broken|disconnect|corrupt|duplicate|twice|"
        r"retry|retries|replay|malformed|invalid|expired|late_|_late|out_of_order|unreachable|restart|half_|"
        r"poison|rejects|refuses|doubled"
    ),
    "mock": r"\bmock|Mock\(|jest\.fn|sinon|when\(|stub|fake|@patch|monkeypatch|spyOn",
    "real_store": (
        r"testcontainers|Testcontainers|PostgreSQLContainer|sqlite|:memory:|tmp_path|docker|H2\b|TempDir|"
        r"embedded"
    ),
    "unique": (
        r"\bunique\b|ON CONFLICT|on_conflict|INSERT OR IGNORE|MERGE INTO|IF NOT EXISTS \(|DuplicateKey|"
        r"UniqueViolation|IntegrityError|upsert|putIfAbsent|setnx|\bNX\b"
    ),
    "primary_key": r"primary key|@Id\b|PRIMARY",
    "foreign_key": r"foreign key|\breferences \w|@ManyToOne|ForeignKey\(",
    "check_constraint": r"\bcheck\s*\(|not null|@NotNull|add constraint|CONSTRAINT \w|exclude using",
    "column": (
        r"\b(?:bigint|integer|numeric|timestamptz?|varchar|uuid|jsonb|boolean|text)\b\s*(?:not null|,|\(|"
        r"primary|default|$)"
    ),
    "transaction": (
        r"@Transactional|\bbegin\b;?\s*$|\bcommit\b|rollback\(|transaction\(|BeginTx|with .*(?:conn|session|"
        r"db|tx)\b.*:|for update|skip locked|savepoint|atomic\(|\.in_transaction"
    ),
    "lock": (
        r"\block\b|mutex|synchronized|advisory|FOR UPDATE|compareAndSet|compare_exchange|CAS\b|"
        r"version\s*=\s*version|ETag|If-Match|optimistic"
    ),
    "idempotency": (
        r"idempot|event_?id|request_?id|message_?id|dedup|already_?(?:seen|processed|exists|applied)|seen\b|"
        r"fingerprint|external_?ref"
    ),
    "status_code": (
        r"\b(?:201|202|204|400|401|403|404|409|410|412|422|429|500|503)\b|HttpStatus|StatusCode|http\.Status|"
        r"CONFLICT|TOO_MANY|UNPROCESSABLE"
    ),
    "validation": (
        r"ValueError|IllegalArgument|BadRequest|ValidationError|validate|require\(|raise \w+Error|throw new|"
        r"return \w*Err|errors\.New|Err\(|panic\("
    ),
    "handler": r"\bexcept\b|\bcatch\s*\(|rescue\b|if err != nil|\.catch\(|on_error|recover\(\)|unwrap_or|Result<",
    "retry": r"\bretry|retries|backoff|attempt|max_tries|Retry-After|sleep\(",
    "timeout": r"timeout|deadline|WithTimeout|AbortSignal|expires|ttl\b",
    "dead_letter": r"dead.?letter|dlq|quarantine|parked|poison|reject(?:s|ed)?\.",
    "logging": (
        r"\blog(?:ger|ging)?\.\w+\(|slog\.|console\.(?:warn|error|info)|LOG\.|tracing::|log\.Print|warn!\(|"
        r"error!\(|info!\("
    ),
    "log_context": r"log\w*\.\w+\([^)\n]*(?:id|tenant|extra=|,\s*\w+=|%s|\{\}|\")[^)\n]*[,{%]",
    "metric": (
        r"metric|counter|gauge|histogram|\.inc\(|increment\(|statsd|prometheus|meterRegistry|observe\(|"
        r"record_\w+\(|StatsD"
    ),
    "alert": r"\balert\b|expr:|for: \d|severity|PagerDuty|page\(|notify\(|on_?call",
    "health": r"/health|readiness|liveness|/ready|heartbeat",
    "migration": (
        r"alter table|add column|drop column|create (?:unique )?index concurrently|backfill|op\.(?:add|drop|"
        r"create)|flyway|liquibase|-- (?:up|down)|upgrade\(\)|downgrade\(\)|not valid\b|validate constraint"
    ),
    "rollback": r"rollback|roll_?back|undo|revert|downgrade|previous(?:_tag|_image|_version)?|--back|back_?out",
    "deploy": (
        r"kubectl|helm |deploy|release|rollout|canary|feature_?flag|flag(?:s)?\.is|weight:|strategy:|"
        r"docker (?:push|tag)|terraform"
    ),
    "version": r"schema_?version|version:|/v\d|api_version|v\d\b|\brev\b|revision",
    "route": (
        r"@(?:app|router)\.\w+\(|@(?:Get|Post|Put|Delete)Mapping|\.(?:get|post|put|delete)\(\s*[\"'`]/|"
        r"HandleFunc|paths:|rpc \w+\(|GET /|POST /|PUT /"
    ),
    "type": (
        r"record \w+\(|data class|@dataclass|interface \w+ \{|struct \{|type \w+ struct|BaseModel|enum |"
        r"message \w+ \{"
    ),
    "money": r"Decimal|BigDecimal|cents|minor_units|amount_\w+|int64|numeric\(|currency",
    "audit": r"audit|occurred_at|created_at|actor|who\b|trail|append.only",
    "why_comment": (
        r"(?://|#|--|\*).{0,160}\b(?:because|so that|otherwise|instead|since|rather|not a |would|never|must|"
        r"only|cannot|else)\b"
    ),
    "comment": r"^\s*(?://|#|--|\*|/\*)\s?\w",
    "todo": r"TODO|FIXME|XXX|not implemented|NotImplemented",
    "print_only": r"\bprint\(|System\.out|console\.log|fmt\.Print|println!",
    "swallow": r"except\s*:\s*pass|except Exception:\s*\n\s*pass|catch \(\w+ ?\w*\) \{\s*\}|_ = err",
    "sort_or_loop": r"\bfor\b|\bwhile\b|\.map\(|\.filter\(",
    "getter": r"get\w+\(\)|set\w+\(|@Getter|@Data\b|__init__|constructor\(",
    "import": r"^\s*(?:import|from|#include|using|use|require)\b",
    "style": r"className|color:|<div|css|margin|render\(",
}

# Lower case is matched against lower case: ignoring case costs the regex engine three times as much.
_COMPILED = tuple(
    re.compile(re.sub(r"(?<!\\)[A-Z]", lambda letter: letter[0].lower(), pattern), re.M)
    for pattern in _PATTERNS.values()
)
CODE_FEATURES: tuple[str, ...] = tuple(_PATTERNS)


def code_counts(text: str) -> list[int]:
    """Count each pattern of `CODE_FEATURES` in a piece of code."""
    lower = text.lower()
    return [len(pattern.findall(lower)) for pattern in _COMPILED]
