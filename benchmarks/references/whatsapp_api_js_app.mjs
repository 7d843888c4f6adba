// whatsapp-api-js on Node's own server, as its documentation has it. It stores nothing.
import { createServer } from "node:http";
import { WhatsAppAPI } from "whatsapp-api-js/middleware/node-http";

const whatsapp = new WhatsAppAPI({
  token: "not called",
  appSecret: process.env.APP_SECRET,
  webhookVerifyToken: "not called",
});
whatsapp.on.message = () => {};

createServer(async (request, response) => {
  response.statusCode = await whatsapp.handle_post(request);
  response.end();
}).listen(Number(process.argv[2]), "127.0.0.1");
