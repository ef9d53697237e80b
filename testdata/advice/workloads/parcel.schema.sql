-- Parcels of several shippers, on MariaDB; names as a framework for classes writes them.
CREATE TABLE `Depot` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `code` varchar(10) NOT NULL,
  `name` varchar(80) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `depot_code` (`code`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE `Customer` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `tenantId` int(11) NOT NULL,
  `email` varchar(190) NOT NULL,
  `phone` varchar(32) DEFAULT NULL,
  `name` varchar(120) NOT NULL,
  `deletedAt` datetime DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `customer_tenant` (`tenantId`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE `Parcel` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `tenantId` int(11) NOT NULL,
  `customerId` bigint(20) NOT NULL,
  `trackingNo` varchar(32) NOT NULL,
  `status` varchar(16) NOT NULL,
  `depotId` int(11) NOT NULL,
  `weight` int(11) NOT NULL,
  `createdAt` datetime NOT NULL,
  `deliveredAt` datetime DEFAULT NULL,
  `meta` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL CHECK (json_valid(`meta`)),
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE `Scan` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `parcelId` bigint(20) NOT NULL,
  `depotId` int(11) NOT NULL,
  `kind` varchar(16) NOT NULL,
  `at` datetime NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE `CarrierEvent` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `trackingNo` varchar(32) CHARACTER SET latin1 COLLATE latin1_german1_ci NOT NULL,
  `code` varchar(8) NOT NULL,
  `at` datetime NOT NULL,
  PRIMARY KEY (`id`),
  KEY `ce_tracking` (`trackingNo`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE `RouteStop` (
  `routeId` int(11) NOT NULL,
  `seq` int(11) NOT NULL,
  `parcelId` bigint(20) NOT NULL,
  PRIMARY KEY (`routeId`,`seq`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE `Driver` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `depotId` int(11) NOT NULL,
  `badge` varchar(20) NOT NULL,
  `active` tinyint(1) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE `Job` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `queue` varchar(20) NOT NULL,
  `state` varchar(12) NOT NULL,
  `runAt` datetime NOT NULL,
  `createdAt` datetime NOT NULL,
  `attempts` int(11) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE `Note` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `tenantId` int(11) NOT NULL,
  `subjectType` varchar(20) NOT NULL,
  `subjectId` bigint(20) NOT NULL,
  `body` text NOT NULL,
  `createdAt` datetime NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE `Tag` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `name` varchar(60) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE `ParcelTag` (
  `parcelId` bigint(20) NOT NULL,
  `tagId` int(11) NOT NULL,
  PRIMARY KEY (`parcelId`,`tagId`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!50001 CREATE VIEW `OpenParcel` AS select `p`.`id` AS `id`,`p`.`tenantId` AS `tenantId`,`p`.`trackingNo` AS `tracking`,`p`.`createdAt` AS `createdAt` from `Parcel` `p` where `p`.`deliveredAt` is null */;
