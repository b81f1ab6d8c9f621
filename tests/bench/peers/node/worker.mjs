// A worker as a good Node.js programmer would write it: mqtt.js in, checks, batches, COPY through pg out.
// What it does not do is in the README beside it. Prints READY once subscribed, then `DONE <stored>` after every commit.

import { once } from "node:events";
import mqtt from "mqtt";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";

const BATCH = 5_000;
const BATCH_MS = 100;
const COLUMNS = `equipment_id, sampled_at, received_at, vendor, service_mode, car_status, direction, floor, door_zone, door_status,
  door_closed, hoistway_door, passenger, people, overload, drive_status, activity, speed, machine_room_temperature,
  machine_room_door, car_temperature, safety_circuit`;

const database = new pg.Client({ connectionString: process.env.DATABASE_URL, application_name: "bench-peer" });
await database.connect();
const register = new Map((await database.query("SELECT code, id FROM equipment")).rows.map((row) => [row.code, row.id]));

let waiting = [];
let stored = 0;
let refused = 0;
let writing = false;
let timer = null;

const flag = (value) => (value === true ? "t" : value === false ? "f" : "\\N");
const number = (value) => (typeof value === "number" ? value : "\\N");
const text = (value) => (typeof value === "string" ? value.replace(/[\\\t\n\r]/g, (found) => `\\${found}`) : "\\N");

function row(topic, payload) {
  const said = JSON.parse(payload);
  const id = register.get(said.registerNumber);
  const sampledAt = said.samplingTime;
  if (id === undefined || typeof sampledAt !== "string" || Number.isNaN(Date.parse(sampledAt))) throw new Error("refused");
  const vendor = topic.slice(6, topic.indexOf("/", 6));
  return `${id}\t${sampledAt}+08\t${new Date().toISOString()}\t${vendor}\t${number(said.Service_Mode)}\t${number(said.Car_Status)}\t${
    number(said.Car_Direction)}\t${text(said.Car_Position)}\t${flag(said.Door_Zone)}\t${number(said.Door_Status)}\t${
    flag(said.Door_Close_Status)}\t${flag(said.Histway_Door)}\t${flag(said.Passenger_Status)}\t${number(said.People_Number)}\t${
    flag(said.Car_Overload)}\t${number(said.Lift_Car_Drive_Status)}\t${number(said.Activity_Mode)}\t${number(said.Speed)}\t${
    number(said.Machine_Room_Temperature)}\t${flag(said.Machine_Room_Door_Status)}\t${number(said.Car_Temperature)}\t${
    flag(said.Safety_circuit)}\n`;
}

async function write() {
  timer = null;
  if (writing || waiting.length === 0) return;
  writing = true;
  const rows = waiting;
  waiting = [];
  const copy = database.query(copyFrom(`COPY pace_peer (${COLUMNS}) FROM STDIN`));
  copy.end(rows.join(""));
  await once(copy, "finish");
  stored += rows.length;
  console.log(`DONE ${stored}`);
  writing = false;
  if (waiting.length >= BATCH) await write();
  else if (waiting.length > 0) timer ??= setTimeout(write, BATCH_MS);
}

const broker = mqtt.connect(process.env.MQTT_URL, { protocolVersion: 4, clean: true });
broker.on("message", (topic, payload) => {
  try {
    waiting.push(row(topic, payload));
  } catch {
    refused += 1;
  }
  if (waiting.length >= BATCH) void write();
  else timer ??= setTimeout(write, BATCH_MS);
});
broker.on("connect", async () => {
  await broker.subscribeAsync("pt/v1/+/elevator/+/state", { qos: 1 });
  console.log("READY");
});
process.on("SIGTERM", () => {
  if (refused) console.error(`refused ${refused}`);
  process.exit(0);
});
