"""Word lists behind the evidence judge's features, as plain English.

Each list is written in surface forms; `features` stems them once. The lists only say what to count:
what a count is worth is learned, and learned again with marker words deleted (see `evaluators/README.md`).
"""

from collections.abc import Mapping

LEXICON: Mapping[str, str] = {
    "cause": (
        "because, since, so that, so, therefore, thus, hence, as a result, due to, the reason, reason, "
        "for the, that is why, which is why, why, for, thereby, owing to, given that, given, otherwise, as"
    ),
    "contrast": (
        "but, however, although, though, yet, while, whereas, even if, still, despite, nevertheless, "
        "on the other hand, only, except"
    ),
    "choice": (
        "chose, choose, chosen, picked, pick, decided, decide, decision, went with, went for, kept, keep, "
        "dropped, took, prefer, preferred, opted, settled on, left out, refused, declined, stayed with, "
        "stayed, turned down, insisted, argued, moved to, moved from, switched, froze, removed, "
        "deliberately, on purpose, by hand"
    ),
    "alternative": (
        "instead, instead of, rather than, rather, alternative, alternatives, option, options, would have, "
        "could have, considered, weighed, compared, looked at, tried, first draft, first version, "
        "first variant, was proposed, proposed, versus, vs, the other, ruled out, rules out, rejected, "
        "either, both, not a, no, over, against, in place of, back to, the usual, normally, ready made, "
        "off the shelf, tested both, nicer, would be, better for, might have, the exact, candidate, "
        "favourite, obvious, had wanted, wanted, suggested"
    ),
    "cost": (
        "cost, costs, price of, the price, at the price, lose, loses, lost, losing, gave up, give up, "
        "gives up, given up, slower, slow, worse, harder, longer, late, later, delay, delayed, wait, waits, "
        "waiting, downside, drawback, trade off, tradeoff, sacrifice, sacrificed, minus, bad side, bad, "
        "expensive, dearer, more work, by hand, manual, manually, risk, penalty, stale, old, complained, "
        "grumbled, gone, missing, without, less, fewer, no longer, cannot, not exact, give in, pays, "
        "paid with, paid, at most, up to, in return, disadvantage, duplicated, extra, uglier, clumsy, blind, "
        "limit, limited, coarse, only, suffers, hate, sour, unhappy, angry, tax"
    ),
    "consequence": (
        "since then, since, so far, after, afterwards, now, today, later, in the end, ended, until, "
        "ever since, still, measured, result, results, turned out, showed, held, noticed, fell, dropped, "
        "rose, halved, went from, went down, went up, down to, up to, never again, zero, none, nobody has, "
        "has not, back, came back, would do, would change, revisit, revisited, next time, when it, "
        "if it ever, the day, once, beyond, past, above that, below that, more than, has to go, this goes, "
        "no longer holds, wrong then, stops being, first year, one year, two years, months, weeks, in use, "
        "accepted, worked, works, failed, rolled back, survived"
    ),
    "flip": (
        "if the, if it, if ever, once it, once we, when we, when it, beyond, at more than, past, above, "
        "until, as soon as, would go, would move, would change, i would, we would, will be, will need, "
        "has to go, not enough, wrong then, should be, to be revisited, then it, changes, grows, ever"
    ),
    "limit": (
        "only, deadline, weeks, days, budget, law, legal, contract, brief, task, spec, regulator, "
        "regulation, team of, alone, one person, two people, people, engineers, nobody, existing, legacy, "
        "old, vendor, licence, license, memory, ram, disk, flash, bandwidth, satellite, offline, limit, "
        "at most, never, must, must not, may not, not allowed, forbids, forbidden, forbade, bans, banned, "
        "requires, required, wanted, union, auditor, finance, minute, minutes, hours, seconds, window, "
        "before, cannot, could not, no budget, no one, without, too, does not, had no, has no, there is no, "
        "there was no, single, same, fixed, already, paid until, expires, tender, cents"
    ),
    "virtue": (
        "scalable, scalability, robust, flexible, flexibility, modern, maintainable, maintainability, clean, "
        "best practice, best practices, performance, performant, elegant, simple, simplicity, powerful, "
        "reliable, reliability, seamless, efficient, efficiency, future proof, industry standard, popular, "
        "ecosystem, readable, developer experience, quality, easy, faster, fast, testable, decoupled, "
        "loosely coupled, type safety, state of the art, cutting edge, battle tested, production ready, "
        "intuitive, resilient, resilience, agility, excellence, innovation, innovative, secure, world class, "
        "high availability, natural choice, right tool, cleaner, blazing, lightweight, mature"
    ),
    "hype": (
        "passionate, results driven, proven track record, track record, spearheaded, leveraged, leveraging, "
        "championed, dynamic, strategic, synergy, stakeholders, cross functional, end to end, "
        "mission critical, thought leader, visionary, seasoned, expert, expertise, strong, excellent, "
        "extensive, deep understanding, deep knowledge, comfortable, proficient, skilled, experienced, "
        "fast paced, self motivated, detail oriented, best in class, high performing, enterprise grade, "
        "delivering, delivered, drove, driving, ensured, ensuring, enabling, fostering, optimised, "
        "optimized, transformation, ownership, solutions, known for, responsible for, various, numerous, "
        "multiple"
    ),
    "advice": (
        "should, must, ought, one should, you should, you must, one must, always, never, it depends, "
        "depends on, in general, generally, teams, engineers should, the art, a good, a mature, "
        "good engineer, wise, important, essential, crucial, key is, consider, in my opinion, i believe, "
        "philosophy, principle, principles, theorem, cap, whether, right tool, context, often, every, "
        "any system, any team, tends to, remember, lesson, context decides, you need, avoid"
    ),
    "hypothetical": (
        "would, could, might, would like, in a real, in production, real production, if i, ideally, future, "
        "in the future, later on, planned, plan to, intend, hope, roadmap, next step, possible extension, "
        "could be added, can be added, would add, would use, if this were, if we, should be added, not yet, "
        "want to"
    ),
    "brief": (
        "your task, we expect, please, submit, you will, you join, we are looking, we look for, you have, "
        "bonus, evaluate, reviewer, deliverables, requirements, candidates, time limit, assignment, "
        "your solution, apply, applicants, nice to have"
    ),
    "first_single": "i, my, me, mine, myself, i was, i have, i had, i am",
    "first_plural": "we, our, us, ours, ourselves",
    "third": "they, their, them, she, he, her, his, team",
    "deed": (
        "built, wrote, made, moved, designed, introduced, added, replaced, rebuilt, cut, ran, run, kept, "
        "fixed, repaired, released, shipped, migrated, deployed, rolled, rewrote, split, led, owned, "
        "operated, maintained, measured, launched, planned, set up, took over, developed, implemented, "
        "created, reduced, brought, put, deleted, changed"
    ),
    "failure": (
        "fail, fails, failed, failure, failures, crash, crashes, crashed, crashing, down, outage, lost, "
        "loses, duplicate, duplicates, doubled, double, twice, corrupt, corrupted, broken, broke, breaks, "
        "timeout, timed out, hangs, hung, stuck, wrong, error, errors, bug, bugs, race, deadlock, killed, "
        "kill, dies, died, dead, full, leak, leaked, stale, missing, missed, unreachable, retry, retries, "
        "retried, restart, restarted, reboot, expired, power cut, disconnected, offline, drift, overload, "
        "overloaded, flood, torn, truncated, malformed, invalid, garbage, freeze, froze, fell over, "
        "went dark, incident, incidents, breach, refused, rejected, blocked, burned, burnt, poison, "
        "out of order, late, half, bounced, defect, fault, faults, mistake, mistakes, data loss, unplugged, "
        "jams, jam"
    ),
    "handling": (
        "retry, retries, retried, rejected, refused, refuses, rolled back, roll back, rollback, fallback, "
        "falls back, skipped, ignored, quarantine, set aside, kept, stored, logged, alert, idempotent, "
        "deduplicated, replayed, replay, restored, repaired, recovers, recovered, resumes, resumed, "
        "continues, is kept, dropped, requeued, queued, dead letter, returns, answers, stops, stopped, "
        "locked, lock, transaction, unique, guard, checks, checked, check, waits, by hand, second try, "
        "instead, then refuse, degrade, cut off, flagged, warned, blocked, held, moved aside, left alone"
    ),
    "detection": (
        "alert, alerts, alarm, alarms, alerted, paged, pager, page, pages, metric, metrics, counter, "
        "counters, reconciliation, reconcile, reconciled, compared, compare, comparison, nightly check, "
        "check, checks, checked, checksum, dashboard, monitor, monitoring, monitored, noticed, notices, "
        "detected, detect, watch, watched, watchdog, logged, log line, warning, warns, mail, e mail, mails, "
        "sms, red, signal, trace, probe, heartbeat, sum, sums, totals, count, counts, audit, report, lamp, "
        "rings, rang, shows, told, health check, threshold"
    ),
    "handled_after": (
        "contained, quarantine, isolated, rolled back, back out, switch off, switched off, kill switch, "
        "feature flag, stopped, limit the, only affects, rest goes on, the others, other, set aside, "
        "fallback, degraded, paused, by hand, dead letter, replay"
    ),
    "incident": (
        "incident, outage, postmortem, post mortem, went down, was down, hours down, minutes down, happened, "
        "one night, on a sunday, in march, in january, in november, that night, the day, the night, once, "
        "the week, the worst, one friday, on monday, found, turned out, the cause, cause was, caused, "
        "root cause, discovered, lost, killed, drill, pulled the plug, load test, soak test, tried, "
        "in the test, test showed, chaos, rehearsal, rehearsed, broke, fell over, since then, never again, "
        "after that"
    ),
    "changed_after": (
        "since then, since, now, after that, afterwards, so we, so i, therefore, we added, i added, added, "
        "changed, replaced, moved, introduced, new test, fixed, no longer, from then on, never again, "
        "instead, today, rewrote, removed, the fix"
    ),
    "production": (
        "production, live, users, customers, in use, used by, clients, patients, passengers, drivers, "
        "nurses, shops, stores, requests, orders, daily, a day, per day, a month, every day, night, nights, "
        "served, operators, members, subscribers, hospital, bank, payments, platform, company, running, "
        "in service, went live, go live, transactions, tenants, teachers, pupils, schools, kitchens, "
        "cashiers, stations, kiosks, meters, farmers, clerks, employees, machines, sold"
    ),
    "duty": (
        "on call, oncall, pager, paged, pages, page, rota, shift, incident, incidents, outage, outages, "
        "releases, release, released, deploys, deploy, deployed, deployment, support, supported, tickets, "
        "answered, phone, rang, called, alarm, alarms, maintain, maintained, nights, weekend, weekends, "
        "sunday, kept running, operated, operate, runbook, migration, migrated, moved, upgrade, upgraded, "
        "backups, backup, restore, restored, repaired, owner, owner of, owned, own, ran, run, alone, "
        "only developer, only one, only programmer, responsible, mine, my job, duty, in charge, keeper, "
        "got up, woke, calls, hotline"
    ),
    "release_duty": (
        "releases, release, released, deploys, deploy, deployed, rollout, rolled out, shipped it, ship, "
        "go live, cut over, releases were"
    ),
    "oncall_duty": (
        "on call, pager, paged, pages, rota, nights, night, woke, called, rang, phone, alarm, alarms, alert, "
        "alerts, answered"
    ),
    "incident_duty": (
        "incident, incidents, outage, outages, postmortem, repaired, fixed, restored, down, failure, failed, "
        "breach, write up, postmortems"
    ),
    "migration_duty": (
        "migration, migrated, migrations, moved, move, cut over, upgrade, upgraded, split, backfill, "
        "replication, schema, database, data centre, off the, servers, parallel"
    ),
    "outcome": (
        "from, fell from, went from, down from, up from, to, halved, doubled, reduced, cut, grew, rose, "
        "dropped, fell, saved, percent, less, more, faster, fewer, before, after, now, availability, uptime, "
        "p99, latency, cost, bill, a year, a month, per month, errors, complaints, pages, duplicates, zero, "
        "none, without a, since, instead of, third, half, quarter, was, is"
    ),
    "not_mine": (
        "they did, department, another team, other team, colleague, colleagues, vendor, consultants, "
        "operations department, handed over, belonged to, the team, staff engineer, lead, assisted, helped, "
        "supported the, participated, contributed, involved in, part of, took part, attended, member"
    ),
    "store": (
        "table, tables, schema, database, postgres, postgresql, mysql, sqlite, oracle, mongodb, redis, "
        "dynamodb, cassandra, kafka, queue, topic, endpoint, endpoints, api, apis, rest, grpc, json, csv, "
        "protobuf, xml, message, messages, column, columns, row, rows, key, keys, index, record, records, "
        "field, fields, store, event, events, ledger, view, views, document, bucket, cache, file, files, "
        "format, contract, interface, payload, snapshot, log, partition, sql, parquet, hl7, fhir, s3, "
        "warehouse, model, entity"
    ),
    "contract_rule": (
        "unique, primary key, foreign key, not null, nullable, constraint, constraints, check, references, "
        "201, 200, 202, 204, 400, 404, 409, 410, 412, 422, 429, 500, 503, append only, immutable, optional, "
        "required, uuid, bigint, numeric, timestamp, timestamptz, boolean, varchar, char, integer, int, "
        "enum, jsonb, per tenant, composite, get, post, put, delete, patch, header, etag, if match, field, "
        "fields, returns, answers, utc, offset, in cents, cents, decimal, iso, version, v1, v2, length, "
        "cursor, sorted"
    ),
    "consistency": (
        "idempotent, idempotency, idempotency key, duplicate, duplicates, twice, same id, same key, retry, "
        "retries, retried, exactly once, at least once, transaction, transactions, transactional, atomic, "
        "isolation, serializable, consistent, consistency, eventual, lock, locks, locking, optimistic, "
        "pessimistic, version, versions, versioned, versioning, migration, migrations, backfill, expand, "
        "contract, backward, backwards, compatible, compatibility, both versions, old clients, old version, "
        "old code, ordering, order of, out of order, append only, snapshot, late, stale, race, concurrent, "
        "concurrently, two at once, at once, outbox, same transaction, sequence, dedupe, deduplicate, "
        "replay, ignored, unique, monotonic, rev, revision, rounding, reconcile, additive, only adds, "
        "conflict, conflicts, upsert"
    ),
    "proof": (
        "unique, constraint, on conflict, foreign key, concurrent, concurrently, threads, kill, killed, "
        "crash, test, tests, tested, no duplicate, no duplicates, without loss, none lost, zero, compared, "
        "reconciled, row count, row counts, measured, in parallel, since then, rehearsed, dry run, checksum, "
        "0 double, times, of them, runs, replayed, property test, double write, both ran, shadow"
    ),
    "test": (
        "test, tests, tested, testing, unit test, unit tests, integration tests, coverage, pytest, junit, "
        "spec, specs, fixture, mock, mocks, ci, e2e, property based, load test, regression, smoke, suite, "
        "logs, logging, log, monitoring, metrics, monitored, grafana, prometheus, dashboards, tracing, "
        "alerts, alert, sentry, datadog, assert, asserts, hypothesis, fuzz, xfail, testcontainers"
    ),
    "behaviour_test": (
        "test covers, tests cover, covers, cover, covered, checks that, test that, tests that, tests for, "
        "test for, cases, expects, expected, asserts, asserted, against a, real database, throwaway, golden, "
        "recorded, sample, samples, same input, property, boundary, edge, empty, two at once, replays, "
        "replay, log line, one line per, logs one, request id, correlation, each request, without the body"
    ),
    "failure_test": (
        "kill, killed, concurrent, concurrency, threads, in parallel, at once, timeout, sleeps, unplugged, "
        "crash, crashed, power, bad input, malformed, empty file, invalid, rejects, duplicate, twice, retry, "
        "retried, retries, fault, faults, chaos, drill, restart, disconnect, negative, wrong, missing, "
        "expired, out of order, failing, fails, broken, corrupt, race, stuck, late, full disk, throws, "
        "raises, refused, xfail, slow"
    ),
    "signal": (
        "alert, alerts, alarm, alarms, paged, pages, pager, metric, metrics, counter, gauge, histogram, "
        "trace, traces, tracing, dashboard, reconciliation, reconciles, reconciled, nightly, every morning, "
        "each morning, daily report, hourly, every night, each night, sms, e mail, mail at, mails, mailed, "
        "slo, error budget, burn rate, health check, healthcheck, heartbeat, compared, compares, monitors, "
        "lamp, rings, rang, phone, checked every"
    ),
    "release": (
        "release, releases, released, rollout, roll out, rolled out, rollback, roll back, rolled back, "
        "deploy, deploys, deployed, deployment, canary, blue green, feature flag, feature flags, flag, "
        "staged, staging, percent of, one tenant, first to, cut over, go live, goes live, went live, "
        "back out, undo, undone, previous version, previous tag, previous image, old image, reverted, "
        "revert, expand, tuesday, thursday, weekly, shadow, pilot, dry run, by tag, one store, two stores, "
        "switch back, region by region, first week, parallel, change window, approval, downtime, wave, waves"
    ),
    "explain": (
        "because, so that, so, therefore, since, why, reason, which means, that is, means, in order to, "
        "otherwise, for example, i e"
    ),
    "assumption": (
        "assume, assumed, assumes, assuming, assumption, assumptions, guess, guessed, not done, left out, "
        "not handled, not covered, not included, out of scope, known limits, known gap, known issue, "
        "limitation, limitations, limits, open, open question, open questions, todo, unclear, not sure, "
        "i do not know, not tested, untested, does not yet, not yet, missing, no authentication, "
        "not implemented, would need, to be confirmed, ask, asked, confirm, ignored, fewer than, at most, "
        "only works, works only, unless, if more, breaks above, valid for, holds until, as long as, did not, "
        "i did not, what is missing, skipped, for now, one currency, one user, single user, nobody has, "
        "deliberately"
    ),
    "disagree": (
        "disagreed, disagreement, argued, argument, objected, objection, refused, insisted, wanted, "
        "persuaded, convinced, agreed, accepted, shouted, angry, against, no from, vote, voted, compromise, "
        "conflict, protest, protested, pushed back, sour, quarrel, said no, asked for, the other side, "
        "they wanted, i wanted, in the end, gave in, gave way, won, lost the, signed, opposed, overruled, "
        "complained"
    ),
    "warn": (
        "warned, told, informed, announced, wrote to, called, phoned, letter, in advance, before the, "
        "weeks before, days before, ahead, early, notified, note to, note, offered, raised, flagged, "
        "in writing, showed, showed them, explained to, sat with, sat together, visited, beforehand"
    ),
    "audience": (
        "finance, sales, doctors, nurses, customers, board, lawyers, lawyer, auditors, auditor, management, "
        "manager, director, cfo, ceo, clerks, drivers, teachers, support, product, marketing, designer, "
        "the team, users, colleagues, for the, one page, two versions, in their words, plain words, "
        "without numbers, drawing, picture, story, table for, summary, minutes, operators, parents, staff, "
        "council, union"
    ),
    "negation": (
        "not, no, never, none, nobody, nothing, neither, nor, without, cannot, hardly, don't, didn't, "
        "haven't, hasn't, isn't, wasn't, won't, can't, couldn't, wouldn't, doesn't, yet to, zero"
    ),
    "denial": (
        "i have not, i have never, have never, have not, has not, has never, had never, i never, never been, "
        "never had, never worked, not worked, not used, not done, i do not, i did not, did not, do not, "
        "does not, has yet to, have yet to, yet to, not my, not been, was not, no experience, none of, none, "
        "never issued, is new to me, new to me, first time, ahead of me, outside of, outside what, given up, "
        "lapsed, not held, unable, cannot, can't, not possible, not available, out of the question, "
        "ruled out, i won't, will not, would not, refuse, decline, not willing, no intention, zero, "
        "remains undone, is missing, not something, wrong person, somebody else, never touched, "
        "never carried, not to my name, not within"
    ),
    "refusal": (
        "cannot, can't, will not, won't, not possible, out of the question, do not, don't, not available, "
        "not able, no trips, not before, refuse, refused, i decline, no nights, not take part, not travel, "
        "not relocate, not move, remote only, only remote, freelance, my own company, binds me, until, "
        "at the earliest, first free day, not join, no on call, would not, never again, stays, "
        "has to be enough, not an option, turned down, no longer"
    ),
    "willing": (
        "can start, available, i am free, happy to, glad to, gladly, ready to, willing, i will, i can, "
        "no trouble, no problem, nothing against, suits me, fine, yes, i do now, i live in, immediately, "
        "from, notice, would like, want, looking for, agree, agreed, prefer it, i like, at once, any, "
        "full time, free, already"
    ),
    "study": (
        "course, tutorial, bootcamp, thesis, university, exam, certificate, certified, training, workshop, "
        "simulated, sandbox, toy, play money, sample, exercise, demo, hobby, laptop, reading, read about, "
        "book, books, studied, learning, learned, lecture, hackathon, play, class, student, school project, "
        "graded, seminar, practised, fictional, dummy"
    ),
    "wish": (
        "would love, hope, dream, i want to, want to learn, eager, interested, interest, looking forward, "
        "attracts, draws me, motivated, honour, ambition, wish, would like, keen, enthusiastic, curious, "
        "passionate, some day, one day, goal"
    ),
    "compare_scale": (
        "more than, less than, at least, about, roughly, approximately, almost, nearly, per, each, every, "
        "a day, a month, a second, ms, percent, rps, qps, gb, mb, kb, eur, usd, euro, million, thousand, k"
    ),
    "time_span": (
        "year, years, month, months, week, weeks, day, days, hour, hours, minute, minutes, second, seconds, "
        "quarter, night, season, winter, spring, summer, autumn, monday, tuesday, wednesday, thursday, "
        "friday, saturday, sunday"
    ),
}

PAIRS: tuple[tuple[str, str], ...] = (
    ("cause", "#number"),
    ("cause", "limit"),
    ("choice", "limit"),
    ("choice", "cause"),
    ("alternative", "limit"),
    ("alternative", "cost"),
    ("alternative", "#number"),
    ("cost", "#number"),
    ("cost", "consequence"),
    ("contrast", "cost"),
    ("consequence", "#number"),
    ("outcome", "#change"),
    ("flip", "limit"),
    ("flip", "#number"),
    ("virtue", "cause"),
    ("virtue", "choice"),
    ("first_single", "deed"),
    ("first_single", "duty"),
    ("first_plural", "choice"),
    ("first_single", "choice"),
    ("failure", "handling"),
    ("failure", "detection"),
    ("failure", "#number"),
    ("failure", "changed_after"),
    ("failure", "time_span"),
    ("failure", "hypothetical"),
    ("incident", "changed_after"),
    ("duty", "production"),
    ("duty", "#number"),
    ("release_duty", "oncall_duty"),
    ("oncall_duty", "incident_duty"),
    ("release_duty", "migration_duty"),
    ("store", "contract_rule"),
    ("store", "consistency"),
    ("consistency", "cause"),
    ("consistency", "proof"),
    ("test", "failure_test"),
    ("test", "behaviour_test"),
    ("signal", "deed"),
    ("signal", "#number"),
    ("release", "#number"),
    ("release", "first_single"),
    ("assumption", "negation"),
    ("disagree", "audience"),
    ("warn", "audience"),
    ("hypothetical", "first_single"),
    ("advice", "virtue"),
    ("negation", "first_single"),
)
"""Lists that mean more when both occur in one sentence; `#` names a feature counted by pattern."""
