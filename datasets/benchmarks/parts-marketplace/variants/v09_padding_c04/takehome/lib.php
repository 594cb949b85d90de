<?php
declare(strict_types=1);

function db(string $file): PDO
{
    $db = new PDO('sqlite:' . $file, null, null, [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
    $db->exec('create table if not exists offer (
        yard text not null, no text not null, seq integer not null,
        status text not null check (status in (\'live\', \'sold\')),
        part text, oe text, donor text, cents integer,
        primary key (yard, no))');
    $db->exec('create index if not exists offer_oe on offer (oe)');
    return $db;
}

function clean(string $oe): string
{
    return strtoupper(preg_replace('/[^A-Za-z0-9]/', '', $oe));
}

/** Returns "ok", "old" or the reason why the line is wrong. */
function applyLine(PDO $db, string $line): string
{
    $e = json_decode($line, true);
    if (!is_array($e) || !isset($e['yard'], $e['offer'], $e['seq'], $e['op'])) {
        return 'not readable';
    }
    $live = $e['op'] === 'put';
    if ($live && (!is_int($e['price'] ?? null) || $e['price'] <= 0)) {
        return 'price';
    }
    if (!$live && !in_array($e['op'], ['sold', 'withdraw'], true)) {
        return 'unknown op';
    }
    // sold stays in the table. I deleted it first, and then a late "put" made it alive again.
    $q = $db->prepare('insert into offer values (?,?,?,?,?,?,?,?)
        on conflict (yard, no) do update set seq = excluded.seq, status = excluded.status, part = excluded.part,
            oe = excluded.oe, donor = excluded.donor, cents = excluded.cents
        where excluded.seq > offer.seq');
    $q->execute([
        $e['yard'], (string) $e['offer'], (int) $e['seq'], $live ? 'live' : 'sold',
        strtolower($e['part'] ?? ''), clean($e['oe'] ?? ''), $e['donor'] ?? '', $e['price'] ?? 0,
    ]);
    return $q->rowCount() === 1 ? 'ok' : 'old';
}

/** @return array<string, array<string, true>> */
function pairs(string $file): array
{
    $out = [];
    $f = fopen($file, 'r');
    fgetcsv($f);
    while (($r = fgetcsv($f)) !== false) {
        $out[clean($r[0])][trim($r[1])] = true;
    }
    fclose($f);
    return $out;
}

function fits(array $catalogue, array $cross, string $oe, string $donor, string $vehicle): ?string
{
    foreach (['catalogue' => $catalogue, 'cross' => $cross] as $name => $list) {
        if (isset($list[$oe])) {
            return isset($list[$oe][$vehicle]) ? $name : null;   // who knows the number decides
        }
    }
    return $donor === $vehicle ? 'donor' : null;
}
