// The service of parrot.proto on @grpc/grpc-js. Usage, input and output as those of parrot_server.py.
const path = require('path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const { Parrot } = grpc.loadPackageDefinition(loader.loadSync(path.join(__dirname, 'parrot.proto'), { keepCase: true, longs: Number, defaults: true })).clientlb.tests;
const health = { SERVING: Buffer.from([8, 1]), NOT_SERVING: Buffer.from([8, 2]) };
const watches = new Set();
const state = { begun: 0, open: 0, cancelled: 0 };
let name = '';
let failure = null;
let standing = 'SERVING';

const pause = (ms) => (ms ? new Promise((done) => setTimeout(done, ms)) : Promise.resolve());

// Metadata whose names begin with "x-" goes back, in the headers and in the trailers.
function echo(call) {
  const back = new grpc.Metadata();
  for (const key of Object.keys(call.metadata.getMap())) {
    if (key.startsWith('x-')) { call.metadata.get(key).forEach((value) => back.add(key, value)); }
  }
  return back;
}

function answer(call, phrase, number = 0) {
  const heard = {};
  for (const [key, value] of Object.entries(call.metadata.getMap())) { heard[key] = Buffer.from(value); }
  const deadline = call.getDeadline();
  const left = Number.isFinite(Number(deadline)) ? Math.max(1, deadline - Date.now()) : 0;
  return { text: phrase.text, server: name, number, heard, left_ms: Math.round(left) };
}

// A handler in which a failure is thrown and whose end is counted.
function count(behaviour) {
  return async (call, done) => {
    state.begun += 1;
    state.open += 1;
    const back = echo(call);
    let isCancelled = false;
    let isOver = false;
    const over = () => { if (!isOver) { isOver = true; state.open -= 1; } };
    call.on('cancelled', () => { isCancelled = true; state.cancelled += 1; over(); });
    const fail = (code, details) => { throw { code, details, metadata: back }; };
    try {
      if (failure) {
        if (failure.where === 'trailers') { call.sendMetadata(back); await pause(1); }
        fail(failure.status, 'ordered to fail');
      }
      const value = await behaviour(call, back, fail);
      if (isCancelled) { return; }
      if (done) { done(null, value, back); } else { call.end(back); }
    } catch (error) {
      if (isCancelled) { return; }
      if (done) { done(error); } else { call.emit('error', error); }
    } finally {
      over();
    }
  };
}

// Iterating a stream destroys it at the end, what is still to be written included, unless it is told not to.
const heard = (call) => call.iterator({ destroyOnReturn: false });

const finish = (phrase, fail) => phrase.status && fail(phrase.status, phrase.detail);

const parrot = {
  Say: count(async (call, back, fail) => {
    const phrase = call.request;
    if (phrase.after_headers || !phrase.status) { call.sendMetadata(back); }
    await pause(phrase.pause_ms);
    finish(phrase, fail);
    return answer(call, phrase);
  }),
  Recite: count(async (call, back, fail) => {
    const phrase = call.request;
    if (phrase.after_headers || !phrase.status) { call.sendMetadata(back); }
    for (let number = 0; number < Math.abs(phrase.times); number += 1) {
      await pause(phrase.pause_ms);
      call.write(answer(call, phrase, number));
    }
    if (phrase.times < 0) { await new Promise((done) => call.on('cancelled', done)); }
    finish(phrase, fail);
  }),
  Listen: count(async (call, back, fail) => {
    call.sendMetadata(back);
    const text = [];
    let last = {};
    for await (last of heard(call)) { text.push(last.text); }
    finish(last, fail);
    return answer(call, { text: text.join(' ') });
  }),
  Converse: count(async (call, back, fail) => {
    call.sendMetadata(back);
    let number = 0;
    for await (const phrase of heard(call)) {
      await pause(phrase.pause_ms);
      finish(phrase, fail);
      call.write(answer(call, phrase, number));
      number += 1;
    }
  }),
};

const raw = (method, responseStream) => ({
  path: `/grpc.health.v1.Health/${method}`, requestStream: false, responseStream,
  requestSerialize: (x) => x, requestDeserialize: (x) => x, responseSerialize: (x) => x, responseDeserialize: (x) => x,
});

function order([word, one, two]) {
  switch (word) {
    case 'fail': failure = { status: Number(one), where: two }; break;
    case 'heal': failure = null; break;
    case 'say': standing = one; watches.forEach((watch) => watch.write(health[one])); break;
    case 'state': return `${state.begun} ${state.open} ${state.cancelled}`;
  }
  return 'ok';
}

const options = Object.fromEntries(process.argv.slice(3).map((option) => option.split('=')).map(([key, value]) => [key, Number(value)]));
const server = new grpc.Server(options);
server.addService(Parrot.service, parrot);
server.addService({ Check: raw('Check', false), Watch: raw('Watch', true) }, {
  Check: (call, done) => done(null, health[standing]),
  Watch: (call) => {
    watches.add(call);
    call.on('cancelled', () => watches.delete(call));
    call.write(health[standing]);
  },
});
server.bindAsync(`${process.argv[2]}:0`, grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) { throw error; }
  name = `${process.argv[2]}:${port}`;
  console.log(port);
});
require('readline').createInterface({ input: process.stdin }).on('line', (line) => console.log(order(line.trim().split(/\s+/)))).on('close', () => process.exit(0));
