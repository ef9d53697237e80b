-- Rows for parcel.schema.sql, the same each time.
INSERT INTO Depot SELECT seq, concat('D', seq), concat('Depot ', seq) FROM seq_1_to_60;
INSERT INTO Customer SELECT seq, seq % 100 + 1, concat('user', seq, '@example.org'), concat('555', seq), concat('Name ', seq % 5000), if(seq % 30 = 0, '2025-01-01', NULL) FROM seq_1_to_60000;
INSERT INTO Parcel SELECT seq, seq % 100 + 1, seq * 7919 % 60000 + 1, concat('PX', seq), elt(seq * 31 % 20 + 1, 'in_transit', 'lost', 'returned', 'delivered', 'delivered', 'delivered', 'delivered', 'delivered', 'delivered', 'delivered', 'delivered', 'delivered', 'delivered', 'delivered', 'delivered', 'delivered', 'delivered', 'delivered', 'delivered', 'delivered'), seq % 60 + 1, seq % 1000, '2024-01-01' + INTERVAL seq * 7919 % 150000 MINUTE, if(seq * 31 % 20 > 2, '2025-01-01', NULL), concat('{"ref": "R', seq, '"}') FROM seq_1_to_150000;
INSERT INTO Scan SELECT seq, seq * 7919 % 150000 + 1, seq % 60 + 1, elt(seq % 3 + 1, 'in', 'out', 'load'), '2025-01-01' + INTERVAL seq * 18 SECOND FROM seq_1_to_300000;
INSERT INTO CarrierEvent SELECT seq, concat('PX', seq), 'ok', '2025-01-01' FROM seq_1_to_60000;
INSERT INTO RouteStop SELECT seq DIV 40 + 1, seq % 40, seq * 7919 % 150000 + 1 FROM seq_1_to_80000;
INSERT INTO Driver SELECT seq, seq % 60 + 1, concat('B', seq), seq % 2 FROM seq_1_to_600;
INSERT INTO Job SELECT seq, elt(seq % 3 + 1, 'mail', 'label', 'bill'), if(seq % 400 = 0, 'ready', 'done'), '2025-01-01' + INTERVAL seq MINUTE, '2025-01-01', 1 FROM seq_1_to_100000;
INSERT INTO Note SELECT seq, seq % 100 + 1, elt(seq % 2 + 1, 'parcel', 'customer'), seq * 7919 % 20000 + 1, 'a note', '2025-01-01' + INTERVAL seq MINUTE FROM seq_1_to_100000;
INSERT INTO Tag SELECT seq, concat('tag ', seq) FROM seq_1_to_200;
INSERT INTO ParcelTag SELECT seq, seq * 7919 % 200 + 1 FROM seq_1_to_100000;
