<?php
declare(strict_types=1);
require __DIR__ . '/lib.php';

function same($a, $b, string $what): void
{
    echo $a === $b ? "ok   $what\n" : "FAIL $what: " . var_export($b, true) . "\n";
}
$put = fn (int $seq, $price = 900) => json_encode(
    ['yard' => 'Y1', 'offer' => 7, 'seq' => $seq, 'op' => 'put', 'part' => 'Dynamo', 'oe' => '06F-903 023', 'price' => $price]);
$sold = fn (int $seq) => json_encode(['yard' => 'Y1', 'offer' => 7, 'seq' => $seq, 'op' => 'sold']);

$db = db(':memory:');
same('ok', applyLine($db, $put(1)), 'first');
same('old', applyLine($db, $put(1)), 'double');
same('ok', applyLine($db, $sold(3)), 'sold');
same('old', applyLine($db, $put(2)), 'late put');
same('sold', $db->query('select status from offer')->fetchColumn(), 'still sold');
same('price', applyLine($db, $put(9, '12,50')), 'price as text');
same('not readable', applyLine($db, '{"yard":'), 'half a line');
same(null, fits(['A1' => ['K1' => true]], ['A1' => ['K2' => true]], 'A1', 'K2', 'K2'), 'catalogue wins over cross and donor');
same('donor', fits([], [], 'ZZ', 'K2', 'K2'), 'nobody knows the number');
