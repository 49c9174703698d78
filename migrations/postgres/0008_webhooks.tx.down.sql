DROP TABLE completion_usage;
--bun:split
DROP TABLE webhook_deliveries;
--bun:split
DROP TABLE webhooks;
