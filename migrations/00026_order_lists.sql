-- +goose Up
-- Lists of few orders among many: those with something wrong, and those that were tests.
CREATE INDEX orders_troubled ON orders (company, seq) WHERE problem <> '' OR report_problem <> '';
CREATE INDEX orders_test ON orders (company, seq) WHERE test = 1;
