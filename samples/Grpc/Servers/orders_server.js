// The service samples.Orders on @grpc/grpc-js; usage, input and output as those of orders_server.py.
const grpc = require('@grpc/grpc-js');

// A google.protobuf.StringValue that is shorter than 128 bytes.
const write = (text) => Buffer.concat([Buffer.from([10, Buffer.byteLength(text)]), Buffer.from(text)]);
const read = (bytes) => bytes.subarray(2).toString();
const orders = { Get: { path: '/samples.Orders/Get', requestStream: false, responseStream: false, requestSerialize: write, requestDeserialize: read, responseSerialize: write, responseDeserialize: read } };
let failing = false;

const server = new grpc.Server();
server.addService(orders, {
  Get(call, done) {
    // The headers go first: HTTP has said 200 before the status is known.
    call.sendMetadata(new grpc.Metadata());
    setTimeout(() => (failing ? done({ code: grpc.status.UNAVAILABLE, details: 'out of order' }) : done(null, `order ${call.request}, from Node`)), failing ? 0 : 5);
  },
});
server.bindAsync(process.argv[2], grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) { throw error; }
  console.log(port);
});
require('readline').createInterface({ input: process.stdin }).on('line', (line) => { failing = line.trim() === 'fail'; }).on('close', () => process.exit(0));
