#!/usr/bin/env bash
# Seen on 2026-11-29: aws-amplify 6.22.1 on Node.js 20.20.
#
# `signUp` with `autoSignIn` gives the user three minutes to confirm. The timer is not stopped when the user is confirmed, and it
# then ends whatever automatic sign-in is under way: somebody who signs up 150 seconds later (because the first address was
# misspelt, say) and confirms within a minute is not signed in. `confirmSignUp` answers `DONE`, and `autoSignIn` fails.
# Expected: the three minutes of a sign-up concern that sign-up. The timer also keeps a Node.js process alive.
#
# Output seen:
#   ana, 150 seconds after signUp: COMPLETE_AUTO_SIGN_IN
#   ben, 60 seconds after signUp: DONE
#   autoSignIn: AutoSignInException
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
npm install --silent --no-audit --no-fund --prefix . aws-amplify@6.22.1 >/dev/null

cat > look.mjs <<'JAVASCRIPT'
import { createServer } from "node:http";
import { Amplify } from "aws-amplify";
import { autoSignIn, confirmSignUp, signUp } from "aws-amplify/auth";
import { ConsoleLogger } from "aws-amplify/utils";

ConsoleLogger.LOG_LEVEL = "ERROR";
const answers = { SignUp: { UserConfirmed: false, UserSub: "sub" }, ConfirmSignUp: {} };
const server = createServer((request, response) => {
  const operation = request.headers["x-amz-target"].split(".")[1];
  request.resume().on("end", () => response.end(JSON.stringify(answers[operation])));
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const userPoolEndpoint = `http://127.0.0.1:${server.address().port}`;
const ids = { userPoolId: "us-east-1_Example01", userPoolClientId: "exampleclient0000000000001" };
Amplify.configure({ Auth: { Cognito: { ...ids, userPoolEndpoint } } });

// A minute of every timer of ten seconds or more takes a second, in Amplify and here.
const { setTimeout } = globalThis;
globalThis.setTimeout = (call, milliseconds, ...more) =>
  setTimeout(call, milliseconds < 10_000 ? milliseconds : milliseconds / 60, ...more);

async function signUpAndConfirm(username, seconds) {
  await signUp({ username, password: "Tulip-Kettle-4417", options: { autoSignIn: true } });
  await new Promise((passed) => globalThis.setTimeout(passed, seconds * 1000));
  const { nextStep } = await confirmSignUp({ username, confirmationCode: "123456" });
  console.log(`${username}, ${seconds} seconds after signUp: ${nextStep.signUpStep}`);
}
await signUpAndConfirm("ana", 150);
await signUpAndConfirm("ben", 60);
console.log(`autoSignIn: ${await autoSignIn().catch((error) => error.name)}`);
process.exit();
JAVASCRIPT
seen=$(node look.mjs)
expected="ana, 150 seconds after signUp: COMPLETE_AUTO_SIGN_IN
ben, 60 seconds after signUp: DONE
autoSignIn: AutoSignInException"
echo "$seen"
[[ $seen == "$expected" ]] || { echo "This has changed. Expected:"; echo "$expected"; exit 1; }
