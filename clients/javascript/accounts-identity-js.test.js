// Accounts with amazon-cognito-identity-js: signing up, recovering a password, verifying an address, by the codes of the outbox.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserAttribute,
  CognitoUserPool,
} from "amazon-cognito-identity-js";

import { Poolhouse } from "./poolhouse.js";
import {
  BY_LINK,
  HIDES_USERS,
  INCORRECT,
  NEW_PASSWORD,
  NOT_CONFIRMED,
  otherThan,
  PASSWORD,
  refusal,
  RESET_REQUIRED,
  Storage,
  USED_CODE,
  UserPool,
  VERIFIES_EMAIL,
  WRONG_CODE,
} from "./user-pool.js";

const TO_EMAIL = { AttributeName: "email", DeliveryMedium: "EMAIL", Destination: "m***@e***" };
const NO_SUCH_NAME = ["UserNotFoundException", "Username/client id combination not found."];

/** Somebody who has no account yet, in a browser. */
class Newcomer {
  static async of(t, { client = {}, settings = VERIFIES_EMAIL, username = "mia" } = {}) {
    const pool = await UserPool.create(await Poolhouse.start(t), undefined, client, settings);
    return new Newcomer(pool, username);
  }

  constructor(pool, username) {
    this.pool = pool;
    const storage = new Storage();
    this.at = new CognitoUserPool({
      UserPoolId: pool.id,
      ClientId: pool.clientId,
      endpoint: pool.server.url,
      Storage: storage,
    });
    this.user = new CognitoUser({ Username: username, Pool: this.at, Storage: storage });
  }

  /** What `signUp` tells. */
  signUp(email = "mia@example.com") {
    const attributes = [new CognitoUserAttribute({ Name: "email", Value: email })];
    return new Promise((resolve, reject) => {
      const told = (error, result) => (error ? reject(error) : resolve(result));
      this.at.signUp(this.user.getUsername(), PASSWORD, attributes, null, told);
    });
  }

  /** What a method with a callback of Node's kind tells after the error. */
  result(method, ...parameters) {
    return new Promise((resolve, reject) => {
      this.user[method](...parameters, (error, ...told) => (error ? reject(error) : resolve(told)));
    });
  }

  /** What a method with `onSuccess`, `onFailure` and perhaps `inputVerificationCode` tells. */
  told(method, ...parameters) {
    return new Promise((onSuccess, onFailure) => {
      this.user[method](...parameters, { onSuccess, onFailure, inputVerificationCode: onSuccess });
    });
  }

  confirm = (code = this.lastCode()) => this.result("confirmRegistration", code, false);
  lastCode = () => this.pool.lastCode(this.user.getUsername());

  /** The session of a sign-in by SRP. */
  signIn(password = PASSWORD) {
    const details = new AuthenticationDetails({ Username: this.user.getUsername(), Password: password });
    return new Promise((onSuccess, onFailure) => {
      this.user.authenticateUser(details, { onSuccess, onFailure });
    });
  }

  async attributes() {
    const [listed] = await this.result("getUserAttributes");
    return Object.fromEntries(listed.map((attribute) => [attribute.getName(), attribute.getValue()]));
  }
}

/** Somebody who has signed up and was confirmed. */
async function confirmed(t) {
  const mia = await Newcomer.of(t);
  await mia.signUp();
  await mia.confirm();
  return mia;
}

test("who signs up is confirmed by the code", async (t) => {
  const mia = await Newcomer.of(t);
  const { user, userConfirmed, userSub, codeDeliveryDetails } = await mia.signUp();
  assert.deepEqual([user.getUsername(), userConfirmed, codeDeliveryDetails], ["mia", false, TO_EMAIL]);
  assert.deepEqual(await refusal(mia.signIn()), NOT_CONFIRMED);
  assert.deepEqual(await refusal(mia.confirm(otherThan(mia.lastCode()))), WRONG_CODE);
  assert.deepEqual(await mia.result("resendConfirmationCode"), [{ CodeDeliveryDetails: TO_EMAIL }]);
  assert.deepEqual(await mia.confirm(), ["SUCCESS"]);
  const session = await mia.signIn();
  assert.equal(session.getIdToken().payload.sub, userSub);
  assert.equal(session.getIdToken().payload.email_verified, true);
});

test("a forgotten password is replaced by the code", async (t) => {
  const mia = await confirmed(t);
  assert.deepEqual(await mia.told("forgotPassword"), { CodeDeliveryDetails: TO_EMAIL });
  const code = mia.lastCode();
  const reset = (given) => mia.told("confirmPassword", given, NEW_PASSWORD);
  assert.deepEqual(await refusal(reset(otherThan(code))), WRONG_CODE);
  assert.equal(await reset(code), "SUCCESS");
  assert.deepEqual(await refusal(reset(code)), USED_CODE);
  assert.deepEqual(await refusal(mia.signIn()), INCORRECT);
  await mia.signIn(NEW_PASSWORD);
});

test("a password that an administrator resets is replaced by the code", async (t) => {
  const mia = await confirmed(t);
  await mia.pool.resetPassword("mia");
  assert.deepEqual(await refusal(mia.signIn()), RESET_REQUIRED);
  await mia.told("confirmPassword", mia.lastCode(), NEW_PASSWORD);
  await mia.signIn(NEW_PASSWORD);
});

test("a changed address is verified by the code", async (t) => {
  const mia = await confirmed(t);
  await mia.signIn();
  const change = [new CognitoUserAttribute({ Name: "email", Value: "mia@example.org" })];
  const told = await mia.result("updateAttributes", change);
  assert.deepEqual(told, ["SUCCESS", { CodeDeliveryDetailsList: [TO_EMAIL] }]);
  assert.deepEqual(await mia.told("getAttributeVerificationCode", "email"), { CodeDeliveryDetails: TO_EMAIL });
  const code = mia.lastCode();
  const verify = (given) => mia.told("verifyAttribute", "email", given);
  assert.deepEqual(await refusal(verify(otherThan(code))), WRONG_CODE);
  assert.equal(await verify(code), "SUCCESS");
  const shown = await mia.attributes();
  assert.deepEqual([shown.email, shown.email_verified], ["mia@example.org", "true"]);
  assert.deepEqual(await refusal(verify(code)), USED_CODE);

  // The library tells from its storage what it has read before, until it is asked to bypass that.
  const verified = async (...options) => {
    const [{ UserAttributes: listed }] = await new Promise((resolve, reject) => {
      mia.user.getUserData((error, ...data) => (error ? reject(error) : resolve(data)), ...options);
    });
    return listed.find(({ Name: name }) => name === "email_verified").Value;
  };
  assert.equal(await verified(), "false");
  assert.equal(await verified({ bypassCache: true }), "true");
});

test("nobody's codes are spoken of as the client says", async (t) => {
  const told = await Newcomer.of(t, { username: "nobody" });
  assert.deepEqual(await refusal(told.told("forgotPassword")), NO_SUCH_NAME);
  const hidden = await Newcomer.of(t, { username: "nobody", client: HIDES_USERS });
  const { CodeDeliveryDetails: sent } = await hidden.told("forgotPassword");
  assert.deepEqual(Object.keys(sent).sort(), Object.keys(TO_EMAIL));
  assert.deepEqual(await refusal(hidden.told("confirmPassword", "123456", NEW_PASSWORD)), WRONG_CODE);
  assert.deepEqual(await refusal(hidden.confirm("123456")), USED_CODE);
});

test("a link confirms whoever follows it", async (t) => {
  const mia = await Newcomer.of(t, { settings: BY_LINK });
  await mia.signUp();
  assert.deepEqual(await refusal(mia.signIn()), NOT_CONFIRMED);
  assert.equal((await fetch(mia.pool.lastMessage("mia").Link)).status, 200);
  await mia.signIn();
});

test("the session of a member names the group", async (t) => {
  const mia = await confirmed(t);
  await mia.pool.putIntoGroup("mia", "readers");
  const session = await mia.signIn();
  for (const token of [session.getIdToken(), session.getAccessToken()]) {
    assert.deepEqual(token.decodePayload()["cognito:groups"], ["readers"]);
  }
});
