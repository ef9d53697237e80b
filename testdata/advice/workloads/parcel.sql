-- Parcels on MariaDB: 100 shippers, 60,000 customers, 150,000 parcels, 300,000 scans, 60,000 events of carriers,
-- 100,000 jobs and notes. What is expected was written down from that alone, before anything was asked for advice.
-- Of several ways that a good administrator would sign, ` | ` parts them; `...` stands for any keys behind.

-- calls: 60 ms: 1 expect: none
SELECT * FROM Depot WHERE code = 'D{n}';

-- calls: 60 ms: 1 expect: none
SELECT trackingNo, status FROM Parcel WHERE id = {n};

-- calls: 60 ms: 50 expect: index Parcel (trackingNo)
SELECT id, status FROM Parcel WHERE trackingNo = 'PX{n}';

-- calls: 5 ms: 60 expect: rewrite implicit-conversion
SELECT id FROM Parcel WHERE trackingNo = 1000{n};

-- calls: 8 ms: 40 expect: rewrite collation-mismatch
SELECT p.id, e.code FROM Parcel p JOIN CarrierEvent e ON e.trackingNo = p.trackingNo WHERE p.id = {n};

-- calls: 20 ms: 1 expect: none & silent collation-mismatch
SELECT p.id, e.code FROM Parcel p JOIN CarrierEvent e ON p.trackingNo = e.trackingNo WHERE e.id = {n} AND p.id = {n};

-- calls: 40 ms: 55 expect: index Parcel (tenantId, status, createdAt) | Parcel (status, tenantId, createdAt) | Parcel (tenantId, createdAt)
SELECT id, trackingNo FROM Parcel WHERE tenantId = {n} AND status = 'in_transit' ORDER BY createdAt DESC LIMIT 50;

-- calls: 60 ms: 35 expect: index Job (queue, state, runAt) | Job (state, queue, runAt) | Job (state, runAt)
SELECT id, attempts FROM Job WHERE queue = 'mail' AND state = 'ready' AND runAt <= NOW() ORDER BY runAt LIMIT 5 FOR UPDATE SKIP LOCKED;

-- calls: 60 ms: 1 expect: none
UPDATE Job SET state = 'done', attempts = attempts + 1 WHERE id = {n};

-- calls: 60 ms: 90 expect: index Scan (parcelId, ...)
SELECT kind, depotId, at FROM Scan WHERE parcelId = {n} ORDER BY at;

-- calls: 10 ms: 110 expect: index Scan (depotId, at)
SELECT DATE(at) AS day, count(*) FROM Scan WHERE depotId = {n} AND at >= '2025-02-{n}' AND at < '2025-03-01' GROUP BY day;

-- calls: 4 ms: 120 expect: rewrite function-on-column
SELECT count(*) FROM Scan WHERE YEAR(at) = 2025 AND MONTH(at) = {n};

-- calls: 10 ms: 12 expect: rewrite calc-found-rows
SELECT SQL_CALC_FOUND_ROWS id, name FROM Customer WHERE tenantId = {n} AND deletedAt IS NULL ORDER BY name LIMIT 20;

-- calls: 10 ms: 25 expect: rewrite function-on-column
SELECT id, name FROM Customer WHERE LOWER(email) = 'user{n}@example.org';

-- calls: 5 ms: 20 expect: rewrite leading-wildcard
SELECT id, name FROM Customer WHERE phone LIKE '%00{n}';

-- calls: 10 ms: 22 expect: index Customer (name)
SELECT id, name FROM Customer WHERE name LIKE 'Name {n}%' ORDER BY name LIMIT 10;

-- calls: 20 ms: 35 expect: index Note (subjectId, subjectType, createdAt) | Note (subjectType, subjectId, createdAt) | Note (subjectId, createdAt)
SELECT id, body FROM Note WHERE subjectType = 'parcel' AND subjectId = {n} ORDER BY createdAt DESC LIMIT 10;

-- calls: 30 ms: 1 expect: none
SELECT t.name FROM ParcelTag x STRAIGHT_JOIN Tag t ON t.id = x.tagId WHERE x.parcelId = {n};

-- calls: 15 ms: 45 expect: index ParcelTag (tagId, ...)
SELECT p.id, p.trackingNo FROM ParcelTag x JOIN Parcel p ON p.id = x.parcelId WHERE x.tagId = {n} ORDER BY p.createdAt DESC LIMIT 20;

-- calls: 30 ms: 1 expect: none
SELECT id, status FROM Parcel USE INDEX (PRIMARY) WHERE id = {n} LOCK IN SHARE MODE;

-- calls: 12 ms: 60 expect: index Parcel (customerId, ...)
SELECT id, status FROM Parcel FORCE INDEX (PRIMARY) WHERE customerId = {n} LOCK IN SHARE MODE;

-- calls: 20 ms: 1 expect: none
UPDATE Parcel p JOIN RouteStop r ON r.parcelId = p.id SET p.status = 'loaded' WHERE r.routeId = {n};

-- calls: 12 ms: 30 expect: index RouteStop (parcelId)
SELECT routeId, seq FROM RouteStop WHERE parcelId = {n};

-- calls: 6 ms: 95 expect: index Scan (at)
DELETE FROM Scan WHERE at < '2023-01-{n}' LIMIT 500;

-- calls: 12 ms: 55 expect: index Parcel (depotId, deliveredAt) | Parcel (deliveredAt, depotId) | Parcel (depotId)
SELECT id, trackingNo FROM Parcel WHERE depotId = {n} AND deliveredAt IS NULL ORDER BY id LIMIT 100;

-- calls: 6 ms: 100 expect: index Scan (at)
SELECT id, parcelId FROM Scan WHERE at >= '2025-02-{n}' AND (at > '2025-02-{n}' OR id > 5000) ORDER BY at, id LIMIT 100;

-- calls: 12 ms: 25 expect: index Customer (email) & index Customer (phone)
SELECT id FROM Customer WHERE email = 'user{n}@example.org' OR phone = '5550{n}';

-- calls: 10 ms: 1 expect: none
SELECT d.name, (SELECT count(*) FROM Driver x WHERE x.depotId = d.id AND x.active = 1) AS drivers FROM Depot d;

-- calls: 5 ms: 150 expect: rewrite function-on-column
SELECT id FROM Parcel WHERE JSON_VALUE(meta, '$.ref') = 'R{n}';

-- calls: 20 ms: 1 expect: none
SELECT id, kind FROM Scan WHERE id > @last ORDER BY id LIMIT 100;

-- calls: 8 ms: 32 expect: index Note (tenantId, ...)
SELECT count(*) FROM Note WHERE tenantId = {n};

-- calls: 8 ms: 55 expect: silent cartesian-join
SELECT p.id, d.name FROM Parcel p, Depot d WHERE p.weight > 900 AND d.code = 'D{n}' LIMIT 50;

-- calls: 4 ms: 400 expect: rewrite cartesian-join
SELECT c.id, p.id FROM Customer c, Parcel p WHERE c.tenantId = {n} AND p.status = 'lost';

-- calls: 10 ms: 50 expect: rewrite count-for-existence
-- same: SELECT EXISTS (SELECT 1 FROM Parcel WHERE customerId = {n} AND weight > 10);
SELECT count(*) > 0 FROM Parcel WHERE customerId = {n} AND weight > 10;

-- calls: 12 ms: 50 expect: index Parcel (trackingNo)
SELECT id, createdAt FROM OpenParcel WHERE tracking = 'PX{n}';

-- calls: 4 ms: 70 expect: rewrite deep-offset
SELECT id FROM Parcel ORDER BY createdAt DESC LIMIT 40000, 20;

-- calls: 4 ms: 60 expect: rewrite order-by-random
SELECT id FROM Parcel ORDER BY RAND() LIMIT 1;

-- calls: 4 ms: 60 expect: rewrite union-all
-- same: SELECT id, tenantId FROM Parcel WHERE status = 'lost' UNION ALL SELECT id, tenantId FROM Parcel WHERE status = 'returned';
SELECT id, tenantId FROM Parcel WHERE status = 'lost' UNION SELECT id, tenantId FROM Parcel WHERE status = 'returned';
