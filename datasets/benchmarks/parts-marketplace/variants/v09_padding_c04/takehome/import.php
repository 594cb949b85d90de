<?php
declare(strict_types=1);
require __DIR__ . '/lib.php';

$count = [];
$old = [];
$lock = fopen(__DIR__ . '/rebuild.lock', 'c');
$in = fopen($argv[1], 'r');
while (($line = fgets($in)) !== false) {
    flock($lock, LOCK_SH);              // waits while rebuild.php holds it
    $db = $db ?? db(__DIR__ . '/parts.db');
    $r = applyLine($db, $line);
    $count[$r] = ($count[$r] ?? 0) + 1;
    if ($r === 'old') {
        $yard = json_decode($line, true)['yard'];
        $old[$yard] = ($old[$yard] ?? 0) + 1;
    }
    if (array_sum($count) % 500 === 0) {
        $db = null;                     // open again, maybe there is a new file
    }
    flock($lock, LOCK_UN);
}
print_r($count);
arsort($old);
print_r(array_slice($old, 0, 5));
