<?php $title = "Prices"; include "header.php"; ?>
<h1>Prices</h1>
<p>The price of a seat is <?= $price ?> and nobody pays it.</p>
<?php foreach ($rows as $row): ?><p>Repeated row.</p><?php endforeach; ?>
