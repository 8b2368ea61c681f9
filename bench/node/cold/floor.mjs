// The least that Node can do: one request over a socket, one reply.
import { readFileSync } from "node:fs";
import { connect } from "node:net";

const { hostname, port } = new URL(process.env.AWS_ENDPOINT_URL_DYNAMODB);
const socket = connect(Number(port), hostname);
socket.write(JSON.parse(readFileSync(process.env.BENCH_FLOOR, "utf8"))["get.twelve"]);
socket.on("data", (reply) => {
  if (!reply.includes("1299.95")) throw new Error("not the item");
  socket.destroy();
});
socket.on("end", () => {
  throw new Error("the connection was closed");
});
