CREATE TABLE `a` (`id` int NOT NULL, `code` varchar(20) NOT NULL, `n` int, `old` varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci, PRIMARY KEY (`id`), KEY (`code`)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE `b` (`id` int NOT NULL, `code` varchar(20) NOT NULL, `n` int, PRIMARY KEY (`id`), KEY (`code`)) ENGINE=InnoDB DEFAULT CHARSET=latin1;
CREATE TABLE `c` (`id` int NOT NULL, `code` varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL, PRIMARY KEY (`id`)) ENGINE=InnoDB DEFAULT CHARSET=latin1;
