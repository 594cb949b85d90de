<?php
declare(strict_types=1);
require __DIR__ . '/lib.php';

$lock = fopen(__DIR__ . '/rebuild.lock', 'c');
flock($lock, LOCK_EX);
@unlink(__DIR__ . '/parts.new.db');
$new = db(__DIR__ . '/parts.new.db');
$new->exec("attach '" . __DIR__ . "/parts.db' as old");
$new->exec('insert into main.offer select * from old.offer');
$was = (int) $new->query("select count(*) from old.offer where status = 'live'")->fetchColumn();
$is = (int) $new->query("select count(*) from main.offer where status = 'live'")->fetchColumn();
$new = null;
if ($is !== $was) {
    exit("new has $is, old has $was, not switched\n");
}
rename(__DIR__ . '/parts.new.db', __DIR__ . '/parts.db');
flock($lock, LOCK_UN);
echo "switched, $is live\n";
