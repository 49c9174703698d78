DROP INDEX files_exports;
--bun:split
DROP TABLE transfers;
