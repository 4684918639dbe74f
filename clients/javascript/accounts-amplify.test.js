// Accounts with Amplify: signing up, recovering a password, verifying an address, by the codes of the outbox.
//
// It has one configuration and one storage a process: the tests of this file run one after the other.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Amplify } from "aws-amplify";
import {
  autoSignIn,
  confirmResetPassword,
  confirmSignUp,
  confirmUserAttribute,
  fetchAuthSession,
  fetchUserAttributes,
  getCurrentUser,
  resendSignUpCode,
  resetPassword,
  sendUserAttributeVerificationCode,
  signIn,
  signUp,
  updateUserAttribute,
  updateUserAttributes,
} from "aws-amplify/auth";
import { cognitoUserPoolsTokenProvider } from "aws-amplify/auth/cognito";
import { ConsoleLogger } from "aws-amplify/utils";

import { Poolhouse } from "./poolhouse.js";
import {
  BY_LINK,
  HIDES_USERS,
  INCORRECT,
  NEW_PASSWORD,
  otherThan,
  PASSWORD,
  refusal,
  Storage,
  USED_CODE,
  UserPool,
  VERIFIES_EMAIL,
  WRONG_CODE,
} from "./user-pool.js";

// It warns of every endpoint that is not of AWS.
ConsoleLogger.LOG_LEVEL = "ERROR";

const username = "mia";
const password = PASSWORD;
const TO_EMAIL = { attributeName: "email", deliveryMedium: "EMAIL", destination: "m***@e***" };
const SIGNED_IN = { isSignedIn: true, nextStep: { signInStep: "DONE" } };
const SIGNED_UP = { isSignUpComplete: true, nextStep: { signUpStep: "DONE" } };
const UPDATED = { isUpdated: true, nextStep: { updateAttributeStep: "DONE" } };
const TO_BE_CONFIRMED = {
  isUpdated: false,
  nextStep: { updateAttributeStep: "CONFIRM_ATTRIBUTE_WITH_CODE", codeDeliveryDetails: TO_EMAIL },
};
const RESET = {
  isPasswordReset: false,
  nextStep: { resetPasswordStep: "CONFIRM_RESET_PASSWORD_WITH_CODE", codeDeliveryDetails: TO_EMAIL },
};

/** A pool, and Amplify in a browser of its own, set up for it. */
async function newPool(t, { client = {}, settings = VERIFIES_EMAIL, ...more } = {}) {
  const pool = await UserPool.create(await Poolhouse.start(t), undefined, client, settings);
  const endpoint = { userPoolId: pool.id, userPoolClientId: pool.clientId, userPoolEndpoint: pool.server.url };
  Amplify.configure({ Auth: { Cognito: { ...endpoint, ...more } } });
  cognitoUserPoolsTokenProvider.setKeyValueStorage(new Storage());
  return pool;
}

async function signUpAs(name, options = {}) {
  const userAttributes = { email: `${name}@example.com` };
  return signUp({ username: name, password, options: { userAttributes, ...options } });
}

const confirm = (confirmationCode) => confirmSignUp({ username, confirmationCode });
const reset = (confirmationCode) => confirmResetPassword({ username, confirmationCode, newPassword: NEW_PASSWORD });

/** A pool with somebody who has signed up and was confirmed. */
async function confirmed(t) {
  const pool = await newPool(t);
  await signUpAs(username);
  await confirm(pool.lastCode(username));
  return pool;
}

/** From here on, Amplify's timers hold the process no longer: one of them runs for three minutes after a sign-up. */
function letTimersGo(t) {
  const { setTimeout } = globalThis;
  t.mock.method(globalThis, "setTimeout", (...timer) => setTimeout(...timer).unref());
}

test("who signs up is confirmed by the code", async (t) => {
  const pool = await newPool(t);
  const { userId, ...signedUp } = await signUpAs(username);
  assert.deepEqual(signedUp, {
    isSignUpComplete: false,
    nextStep: { signUpStep: "CONFIRM_SIGN_UP", codeDeliveryDetails: TO_EMAIL },
  });
  assert.deepEqual(await signIn({ username, password }), {
    isSignedIn: false,
    nextStep: { signInStep: "CONFIRM_SIGN_UP" },
  });
  assert.deepEqual(await refusal(confirm(otherThan(pool.lastCode(username)))), WRONG_CODE);
  assert.deepEqual(await resendSignUpCode({ username }), TO_EMAIL);
  assert.deepEqual(await confirm(pool.lastCode(username)), SIGNED_UP);
  assert.deepEqual(await signIn({ username, password }), SIGNED_IN);
  const current = await getCurrentUser();
  assert.deepEqual([current.username, current.userId], [username, userId]);
  assert.equal((await fetchUserAttributes()).email_verified, "true");
});

test("who signs up is signed in after the code without typing the password again", async (t) => {
  const pool = await newPool(t);
  letTimersGo(t);
  await signUpAs(username, { autoSignIn: true });
  assert.deepEqual(await refusal(confirm(otherThan(pool.lastCode(username)))), WRONG_CODE);
  assert.deepEqual(await confirm(pool.lastCode(username)), {
    isSignUpComplete: true,
    nextStep: { signUpStep: "COMPLETE_AUTO_SIGN_IN" },
  });
  assert.deepEqual(await autoSignIn(), SIGNED_IN);
  assert.equal((await getCurrentUser()).username, username);
});

test("who signs up is signed in as soon as somebody follows the link", async (t) => {
  const pool = await newPool(t, { settings: BY_LINK, signUpVerificationMethod: "link" });
  const { nextStep } = await signUpAs(username, { autoSignIn: true });
  assert.deepEqual(nextStep, { signUpStep: "COMPLETE_AUTO_SIGN_IN", codeDeliveryDetails: TO_EMAIL });
  // Amplify tries to sign in every five seconds.
  const signedIn = autoSignIn();
  assert.equal((await fetch(pool.lastMessage(username).Link)).status, 200);
  assert.deepEqual(await signedIn, SIGNED_IN);
});

test("a forgotten password is replaced by the code", async (t) => {
  const pool = await confirmed(t);
  assert.deepEqual(await resetPassword({ username }), RESET);
  const code = pool.lastCode(username);
  assert.deepEqual(await refusal(reset(otherThan(code))), WRONG_CODE);
  assert.equal(await reset(code), undefined);
  assert.deepEqual(await refusal(reset(code)), USED_CODE);
  assert.deepEqual(await refusal(signIn({ username, password })), INCORRECT);
  assert.deepEqual(await signIn({ username, password: NEW_PASSWORD }), SIGNED_IN);
});

test("a password that an administrator resets is replaced by the code", async (t) => {
  const pool = await confirmed(t);
  await pool.resetPassword(username);
  assert.deepEqual(await signIn({ username, password }), {
    isSignedIn: false,
    nextStep: { signInStep: "RESET_PASSWORD" },
  });
  await reset(pool.lastCode(username));
  assert.deepEqual(await signIn({ username, password: NEW_PASSWORD }), SIGNED_IN);
});

test("a changed address is verified by the code", async (t) => {
  const pool = await confirmed(t);
  await signIn({ username, password });
  const change = { email: "mia@example.org", nickname: "Mimi" };
  const updated = await updateUserAttributes({ userAttributes: change });
  assert.deepEqual(updated, { email: TO_BE_CONFIRMED, nickname: UPDATED });
  // Amplify says that the address is not updated. It is, and waits to be verified.
  let shown = await fetchUserAttributes();
  assert.deepEqual([shown.email, shown.email_verified, shown.nickname], ["mia@example.org", "false", "Mimi"]);
  assert.deepEqual(await sendUserAttributeVerificationCode({ userAttributeKey: "email" }), TO_EMAIL);
  const code = pool.lastCode(username);
  const verify = (confirmationCode) => confirmUserAttribute({ userAttributeKey: "email", confirmationCode });
  assert.deepEqual(await refusal(verify(otherThan(code))), WRONG_CODE);
  await verify(code);
  assert.equal((await fetchUserAttributes()).email_verified, "true");
  assert.deepEqual(await refusal(verify(code)), USED_CODE);
});

test("a changed address is not the user's before the code where the pool says so", async (t) => {
  const first = { AttributesRequireVerificationBeforeUpdate: ["email"] };
  const pool = await newPool(t, { settings: { ...VERIFIES_EMAIL, UserAttributeUpdateSettings: first } });
  await signUpAs(username);
  await confirm(pool.lastCode(username));
  await signIn({ username, password });
  const userAttribute = { attributeKey: "email", value: "mia@example.org" };
  assert.deepEqual(await updateUserAttribute({ userAttribute }), TO_BE_CONFIRMED);
  assert.equal((await fetchUserAttributes()).email, "mia@example.com");
  await confirmUserAttribute({ userAttributeKey: "email", confirmationCode: pool.lastCode(username) });
  const shown = await fetchUserAttributes();
  assert.deepEqual([shown.email, shown.email_verified], ["mia@example.org", "true"]);
});

test("nobody's codes are spoken of as the client says", async (t) => {
  await newPool(t);
  const unknown = ["UserNotFoundException", "Username/client id combination not found."];
  assert.deepEqual(await refusal(resetPassword({ username })), unknown);
  await newPool(t, { client: HIDES_USERS });
  assert.deepEqual(await refusal(reset("123456")), USED_CODE);
  const { nextStep } = await resetPassword({ username });
  assert.equal(nextStep.resetPasswordStep, RESET.nextStep.resetPasswordStep);
  assert.deepEqual(await refusal(reset("123456")), WRONG_CODE);
  assert.deepEqual(await refusal(confirm("123456")), USED_CODE);
});

test("the session of a member names the group", async (t) => {
  const pool = await confirmed(t);
  await pool.putIntoGroup(username, "readers");
  await signIn({ username, password });
  const { tokens } = await fetchAuthSession();
  for (const { payload } of [tokens.idToken, tokens.accessToken]) {
    assert.deepEqual(payload["cognito:groups"], ["readers"]);
  }
});
