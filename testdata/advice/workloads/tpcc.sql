-- TPC-C with its standard indexes: nothing is missing.

-- calls: 10 ms: 2
SELECT c_discount, c_last, c_credit, w_tax FROM customer, warehouse WHERE w_id = {n} AND c_w_id = w_id AND c_d_id = {n} AND c_id = {n};

-- calls: 10 ms: 2
SELECT d_next_o_id, d_tax FROM district WHERE d_id = {n} AND d_w_id = {n} FOR UPDATE;

-- calls: 10 ms: 2
UPDATE district SET d_next_o_id = {n} + 1 WHERE d_id = {n} AND d_w_id = {n};

-- calls: 10 ms: 2
INSERT INTO orders (o_id, o_d_id, o_w_id, o_c_id, o_entry_d, o_ol_cnt, o_all_local) VALUES ({n}, {n}, {n}, {n}, '2024-01-01', 10, 1);

-- calls: 10 ms: 2
INSERT INTO new_order (no_o_id, no_d_id, no_w_id) VALUES ({n}, {n}, {n});

-- calls: 100 ms: 2
SELECT i_price, i_name, i_data FROM item WHERE i_id = {n};

-- calls: 100 ms: 2
SELECT s_quantity, s_data, s_dist_01 FROM stock WHERE s_i_id = {n} AND s_w_id = {n} FOR UPDATE;

-- calls: 100 ms: 2
UPDATE stock SET s_quantity = {n}, s_ytd = s_ytd + 1, s_order_cnt = s_order_cnt + 1 WHERE s_i_id = {n} AND s_w_id = {n};

-- calls: 100 ms: 2
INSERT INTO order_line (ol_o_id, ol_d_id, ol_w_id, ol_number, ol_i_id, ol_supply_w_id, ol_quantity, ol_amount, ol_dist_info) VALUES ({n}, {n}, {n}, 1, {n}, {n}, 5, 3.5, 'abc');

-- calls: 10 ms: 2
UPDATE warehouse SET w_ytd = w_ytd + {n} WHERE w_id = {n};

-- calls: 6 ms: 2
SELECT count(c_id) FROM customer WHERE c_last = 'BAR{n}' AND c_d_id = {n} AND c_w_id = {n};

-- calls: 6 ms: 2
SELECT c_balance, c_first, c_middle, c_id FROM customer WHERE c_last = 'BAR{n}' AND c_d_id = {n} AND c_w_id = {n} ORDER BY c_first;

-- calls: 5 ms: 2
SELECT o_id, o_carrier_id, o_entry_d FROM orders WHERE o_w_id = {n} AND o_d_id = {n} AND o_c_id = {n} ORDER BY o_id DESC LIMIT 1;

-- calls: 5 ms: 2
SELECT ol_i_id, ol_supply_w_id, ol_quantity, ol_amount, ol_delivery_d FROM order_line WHERE ol_o_id = {n} AND ol_d_id = {n} AND ol_w_id = {n};

-- calls: 5 ms: 2
SELECT no_o_id FROM new_order WHERE no_d_id = {n} AND no_w_id = {n} ORDER BY no_o_id LIMIT 1;

-- calls: 5 ms: 2
DELETE FROM new_order WHERE no_o_id = {n} AND no_d_id = {n} AND no_w_id = {n};

-- calls: 5 ms: 2
UPDATE orders SET o_carrier_id = {n} WHERE o_id = {n} AND o_d_id = {n} AND o_w_id = {n};

-- calls: 5 ms: 2
SELECT sum(ol_amount) FROM order_line WHERE ol_o_id = {n} AND ol_d_id = {n} AND ol_w_id = {n};

-- calls: 5 ms: 2
UPDATE order_line SET ol_delivery_d = '2024-01-01' WHERE ol_o_id = {n} AND ol_d_id = {n} AND ol_w_id = {n};

-- calls: 4 ms: 30
SELECT count(DISTINCT s_i_id) FROM order_line, stock WHERE ol_w_id = {n} AND ol_d_id = {n} AND ol_o_id < {n} AND ol_o_id >= {n} - 20 AND s_w_id = {n} AND s_i_id = ol_i_id AND s_quantity < {n};

-- calls: 10 ms: 2
INSERT INTO history (h_c_d_id, h_c_w_id, h_c_id, h_d_id, h_w_id, h_date, h_amount, h_data) VALUES ({n}, {n}, {n}, {n}, {n}, '2024-01-01', 3.5, 'x');
