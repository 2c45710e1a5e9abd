// Imported before PostGraphile, which looks at these once: without them it checks its own work at every request.
process.env.NODE_ENV = "production";
process.env.GRAPHILE_ENV = "production";
