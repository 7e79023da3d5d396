CREATE TABLE "one" (
  "id" TEXT NOT NULL,
  "text" TEXT,
  "uuid" UUID,
  "bytes" BYTEA,
  "i8" SMALLINT,
  "i16" SMALLINT,
  "i32" INTEGER,
  "i64" BIGINT,
  "u8" SMALLINT,
  "u16" INTEGER,
  "u32" BIGINT,
  "u64" NUMERIC(20,0),
  "whole" NUMERIC(30,0),
  "f32" REAL,
  "f64" DOUBLE PRECISION,
  "decimal" NUMERIC(12,2),
  "boolean" BOOLEAN,
  "date" DATE,
  "timestamp" TIMESTAMPTZ,
  "local_timestamp" TIMESTAMP,
  "time" TIME,
  "offset_time" TIMETZ,
  "object" JSONB,
  "any_object" JSONB,
  "array" JSONB,
  "any_array" JSONB,
  "map" JSONB,
  PRIMARY KEY ("id")
);
COMMENT ON COLUMN "one"."array" IS 'array';
COMMENT ON COLUMN "one"."any_array" IS 'array';
COMMENT ON COLUMN "one"."map" IS 'map';
