// Express and pg: one row a request.
import { createHmac, timingSafeEqual } from "node:crypto";
import express from "express";
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env.REFERENCE_DATABASE_URL, max: 12 });
const app = express();

app.post("/hook", express.raw({ type: () => true, limit: "3mb" }), async (request, response) => {
  const expected = Buffer.from("sha256=" + createHmac("sha256", process.env.APP_SECRET).update(request.body).digest("hex"));
  const given = Buffer.from(request.get("x-hub-signature-256") ?? "");
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) return response.sendStatus(403);
  await pool.query("INSERT INTO deliveries (received_at, body) VALUES (now(), $1)", [request.body]);
  response.send("ok");
});
app.listen(Number(process.argv[2]), "127.0.0.1");
