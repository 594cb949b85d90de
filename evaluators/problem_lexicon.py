"""Kinds of problem and of constraint, told in the words of many trades."""

PROBLEM_KINDS: dict[str, str] = {
    "loss": (
        "lost, lose, loses, losing, missing, drop, dropped, vanish, never arrive, gone, none lost, "
        "zero loss, without loss, complete"
    ),
    "double": (
        "duplicate, duplicates, double, doubled, twice, once, exactly once, idempotent, deduplicate, repeat, "
        "repeated, same key, unique"
    ),
    "order": "order, ordering, sequence, sequenced, reorder, out of order, first come, in turn, latest, stale",
    "money": (
        "invoice, invoices, invoicing, billing, bill, bills, payment, payments, ledger, balance, balances, "
        "price, prices, tariff, fee, fees, paid, pay, payroll, settlement, cents, usage, metering, "
        "subscription"
    ),
    "identity": (
        "auth, oauth, oauth2, jwt, token, tokens, login, identity, key, keys, certificate, credentials, "
        "access, secret, rotate, rotated, rotation, scope, audience"
    ),
    "overload": (
        "rate limit, limit, limits, overload, load, traffic, peak, throttle, queue, waiting room, shed, "
        "capacity, burst, 429, requests"
    ),
    "availability": (
        "availability, uptime, outage, down, reliable, reliability, on call, pages, incident, incidents, recovery, slo"
    ),
    "migration": (
        "migrate, migrated, migration, move, moved, replace, replaced, old, legacy, cut over, split, "
        "monolith, strangle, parallel, both, switch, takeover, off the, import, rehearsal, rehearsed"
    ),
    "message": (
        "message, messages, interface, interfaces, feed, feeds, routing, route, deliver, delivery, "
        "acknowledge, ack, sender, senders, receiver, queue, mq, hl7, fhir, edi, file, transmission, telegram"
    ),
    "reconcile": (
        "reconcile, reconciliation, compare, compared, counts, count, totals, match, matching, "
        "checked against, proof, prove, evidence, audit, trail, trace"
    ),
    "replan": (
        "plan, planner, replan, schedule, scheduling, dispatch, dispatcher, roster, route, routes, assign, "
        "assignment, timetable, re time, shift, shifts, pin, pinned, window"
    ),
    "fleet": (
        "device, devices, battery, batteries, meter, meters, sensor, sensors, heater, heaters, pump, pumps, "
        "charger, gateway, firmware, inverter, command, commands, silent, obey, obeyed, state"
    ),
    "offline": (
        "offline, no signal, no network, without network, connection, reception, sync, merge, merged, "
        "conflict, conflicts, clash, collide, tablet, tablets, phone, notes, both stay"
    ),
    "realtime": (
        "latency, milliseconds, ms, lag, delay, prediction, predict, rewind, real time, frame, frames, tick, "
        "server, players, together, in time, audio"
    ),
    "fairness": (
        "fair, unfair, cheat, cheater, cheaters, cheating, bots, bot, abuse, fraud, resellers, accounts, "
        "refuse, refused, innocent, honest, explain, undo, appeal, suspicion"
    ),
    "records": (
        "record, records, catalogue, register, archive, curators, provenance, traceable, origin, merge, "
        "merging, duplicates, cards, source, sources, undo"
    ),
    "lowpower": (
        "power, battery, current, ma, sleep, wake, wake up, memory, ram, kb, flash, buffer, bootloader, "
        "image, interrupt, deadline, update, fallback, radio, chip, bytes"
    ),
    "model": (
        "model, models, accuracy, label, labels, labelling, labelled, drift, retrain, retrained, retraining, "
        "training, network, networks, predict, prediction, wrong, photo, photos, images, on the phone, "
        "classify"
    ),
    "search": (
        "search, query, queries, synonym, synonyms, ranking, rank, relevance, index, listing, spelling, "
        "hits, find, found, judgement, ndcg, jury, meant, freshness"
    ),
    "forms": (
        "form, forms, apply, application, applicants, screen reader, accessibility, accessible, wcag, blind, "
        "plain language, language, languages, draft, drafts, returned, abandon, abandoned, finish, "
        "questions, old phone"
    ),
    "builds": (
        "build, builds, pipeline, pipelines, ci, test, tests, flaky, cache, red, green, merge, minutes, "
        "quarantine, wait, engineers"
    ),
    "feeds": (
        "source, sources, supplier, suppliers, format, formats, late, broken, file, files, daily, publish, "
        "publication, morning, validate, validation, quarantine, set aside, contradict, freshness, by five, "
        "deadline"
    ),
    "robots": (
        "robot, robots, lab, laboratory, instrument, instruments, driver, drivers, protocol, machine, "
        "machines, run, overnight, stop, safely, repeat, repeatable, step, steps, recipe, cues, "
        "undocumented, vendor"
    ),
    "latency_cost": (
        "p99, latency, cost, machines, budget, percentile, cpu, microseconds, hot path, allocation, lookup, "
        "cache, timeout, shed, benchmark, answer, bill, third, cheaper"
    ),
    "trust": (
        "trust, trusted, explain, explained, convinced, win, won over, spreadsheet, own, themselves, asked, "
        "suspicious, accept, accepted, training, override, voluntarily, without a mandate"
    ),
    "sensitive": (
        "patient, patients, health, medical, personal, private, privacy, hipaa, gdpr, masking, confidential, "
        "consent, clinic, hospital, protected, insured, citizens, tax"
    ),
    "approval": (
        "approval, approve, approved, change board, change, freeze, sign off, signed, auditor, auditors, "
        "back out, backed out, inspector, certification, regulated, validated, evidence, two people, "
        "four eyes"
    ),
}

CONSTRAINT_KINDS: dict[str, str] = {
    "small_team": (
        "two of us, three of us, four of us, five of us, six of us, seven of us, eight of us, we are two, "
        "we are three, we are four, we are five, two engineers, three engineers, four engineers, "
        "five engineers, six engineers, 2 engineers, 3 engineers, 4 engineers, 5 engineers, 6 engineers, "
        "7 engineers, 8 engineers, 9 engineers, small team, team of, alone, only programmer, on my own, "
        "nobody else, half time, 3 programmers, two programmers, one designer, no specialist, seven of us, "
        "no separate, sole"
    ),
    "large_org": (
        "40 engineers, 60 developers, 280 engineers, 30 designers, teams, departments, another team, "
        "committee, programme, enterprise, dozens, hundred people, vendor, group wide, in 5 teams"
    ),
    "legacy": (
        "legacy, old, existing, inherited, cobol, mainframe, monolith, oracle, dbase, discontinued, "
        "ten year old, years old, someone's, grown, nineties, runs until, still, plug ins, plugins, "
        "custom rules, rented"
    ),
    "compliance": (
        "audit, auditor, auditors, law, legal, statute, regulator, regulated, gdpr, hipaa, soc, iso, "
        "certified, certification, prequalification, compliance, union, notified body, inspector, "
        "inspectors, by law, directive, licence, medical device, contract"
    ),
    "budget": (
        "budget, cheap, cost, costs, cents, money, grant, funding, bill, below, own hardware, "
        "one old computer, spare, rented machines, pay, afford, box under"
    ),
    "deadline": (
        "deadline, launch, fixed date, opening, before, by summer, on time, statutory day, no second, once, "
        "weeks, months, carnival, season, election, comes into force, cannot be postponed, can't be postponed"
    ),
    "live": (
        "live, while, running, kept, without stopping, keep cataloguing, meanwhile, open all the while, "
        "customers use, 24 hours, day and night, never closed, in use, uninterrupted, nightly"
    ),
    "closed": (
        "closed, cannot be changed, not allowed to open, weren't allowed, undocumented, licensed, vendor, "
        "firmware, black box, third party, maker, makers, tells you nothing, no longer answers, proprietary, "
        "cannot be replaced, untouchable"
    ),
    "weak_hardware": (
        "old phone, old phones, six year old, cheap, 2 gb, memory, kb, home connections, home internet, "
        "wifi, no reception, satellite, bad lines, battery, limited, low end, small screens"
    ),
    "oncall": "on call, rota, pager, nights, out of hours, paged, shared, weekends, woken",
    "pace": (
        "weekly, every two weeks, twice a week, two releases, every tuesday, quarterly, freeze, release, "
        "releases, each week, daily, no risky release, staged"
    ),
    "privacy": (
        "privacy, days the law, 30 days, four weeks, no trail, without user ids, deleted, anonymous, "
        "personal, consent, protected"
    ),
    "scale": (
        "million, thousand, listings, auctions, users, players, sources, interfaces, municipalities, "
        "records, rows, a second"
    ),
}
