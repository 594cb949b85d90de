<?php
declare(strict_types=1);
require __DIR__ . '/lib.php';

$db = db(__DIR__ . '/parts.db');
$words = preg_split('/\s+/', strtolower(trim($_GET['q'] ?? '')), -1, PREG_SPLIT_NO_EMPTY);
$where = ["status = 'live'"];
$args = [];
foreach ($words as $w) {
    $where[] = "(' ' || part || ' ' like ? or oe = ?)";
    array_push($args, '% ' . $w . ' %', clean($w));
}
$q = $db->prepare('select * from offer where ' . implode(' and ', $where) . ' order by cents limit 2000');
$q->execute($args);
$catalogue = pairs(__DIR__ . '/starter/fits_catalogue.csv');
$cross = pairs(__DIR__ . '/starter/fits_cross.csv');
$vehicle = $_GET['vehicle'] ?? '';
$hits = [];
foreach ($q->fetchAll(PDO::FETCH_ASSOC) as $o) {
    $who = $vehicle === '' ? 'not asked' : fits($catalogue, $cross, $o['oe'], $o['donor'], $vehicle);
    if ($who !== null && count($hits) < 50) {
        $hits[] = ['yard' => $o['yard'], 'offer' => $o['no'], 'cents' => (int) $o['cents'], 'who_says_it_fits' => $who];
    }
}
header('content-type: application/json');
echo json_encode($hits);
