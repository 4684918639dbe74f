// Accounts with the AWS SDK for JavaScript: signing up, recovering a password, verifying an address, by the codes of the outbox.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  CodeMismatchException,
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  ExpiredCodeException,
  ForgotPasswordCommand,
  GetUserAttributeVerificationCodeCommand,
  GetUserCommand,
  InitiateAuthCommand,
  NotAuthorizedException,
  PasswordResetRequiredException,
  ResendConfirmationCodeCommand,
  SignUpCommand,
  UpdateUserAttributesCommand,
  UserNotConfirmedException,
  UserNotFoundException,
  VerifyUserAttributeCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { createSecretHash } from "cognito-srp-helper";

import { Poolhouse } from "./poolhouse.js";
import {
  BY_LINK,
  HIDES_USERS,
  NEW_PASSWORD,
  otherThan,
  PASSWORD,
  refusal,
  USED_CODE,
  UserPool,
  VERIFIES_EMAIL,
  WRONG_CODE,
} from "./user-pool.js";

const TO_EMAIL = { AttributeName: "email", DeliveryMedium: "EMAIL", Destination: "m***@e***" };
const UserAttributes = [{ Name: "email", Value: "mia@example.com" }];

/** Somebody who has no account yet. Every call is that of an app without credentials of AWS. */
class Newcomer {
  static async of(t, { client = {}, settings = VERIFIES_EMAIL, username = "mia" } = {}) {
    const pool = await UserPool.create(await Poolhouse.start(t), undefined, client, settings);
    return new Newcomer(pool, username);
  }

  constructor(pool, username) {
    this.pool = pool;
    const { clientId: ClientId, clientSecret: secret } = pool;
    const SecretHash = secret && createSecretHash(username, ClientId, secret);
    this.who = { ClientId, Username: username, SecretHash };
    this.client = pool.server.client({ credentials: undefined });
  }

  send(Command, members = {}) {
    return this.client.send(new Command({ ...this.who, ...members }));
  }

  signUp = () => this.send(SignUpCommand, { Password: PASSWORD, UserAttributes });
  confirm = (code = this.lastCode()) => this.send(ConfirmSignUpCommand, { ConfirmationCode: code });
  forget = async () => (await this.send(ForgotPasswordCommand)).CodeDeliveryDetails;
  reset = (code, password = NEW_PASSWORD) =>
    this.send(ConfirmForgotPasswordCommand, { ConfirmationCode: code, Password: password });
  lastCode = () => this.pool.lastCode(this.who.Username);

  /** The access token of a sign-in by password. */
  async signIn(password = PASSWORD) {
    const { ClientId, Username: USERNAME, SecretHash: SECRET_HASH } = this.who;
    const AuthParameters = { USERNAME, PASSWORD: password, ...(SECRET_HASH && { SECRET_HASH }) };
    const command = new InitiateAuthCommand({ ClientId, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters });
    return (await this.client.send(command)).AuthenticationResult.AccessToken;
  }

  async attributes(AccessToken) {
    const { UserAttributes: listed } = await this.client.send(new GetUserCommand({ AccessToken }));
    return Object.fromEntries(listed.map(({ Name, Value }) => [Name, Value]));
  }
}

test("who signs up is confirmed by the code", async (t) => {
  const mia = await Newcomer.of(t);
  const signedUp = await mia.signUp();
  assert.equal(signedUp.UserConfirmed, false);
  assert.deepEqual(signedUp.CodeDeliveryDetails, TO_EMAIL);
  await assert.rejects(mia.signIn(), UserNotConfirmedException);
  await assert.rejects(mia.confirm(otherThan(mia.lastCode())), CodeMismatchException);
  assert.deepEqual((await mia.send(ResendConfirmationCodeCommand)).CodeDeliveryDetails, TO_EMAIL);
  await mia.confirm();
  const shown = await mia.attributes(await mia.signIn());
  assert.equal(shown.sub, signedUp.UserSub);
  assert.equal(shown.email_verified, "true");
  await assert.rejects(mia.confirm(), NotAuthorizedException);
});

for (const [kind, client] of Object.entries({ "public client": {}, "client with a secret": { GenerateSecret: true } })) {
  test(`a forgotten password is replaced by the code (${kind})`, async (t) => {
    const mia = await Newcomer.of(t, { client });
    await mia.signUp();
    await mia.confirm();
    const token = await mia.signIn();
    assert.deepEqual(await mia.forget(), TO_EMAIL);
    const code = mia.lastCode();
    assert.deepEqual(await refusal(mia.reset(otherThan(code))), WRONG_CODE);
    await mia.reset(code);
    await assert.rejects(mia.reset(code), ExpiredCodeException);
    assert.deepEqual(await refusal(mia.reset(code)), USED_CODE);
    await assert.rejects(mia.attributes(token), NotAuthorizedException);
    await assert.rejects(mia.signIn(), NotAuthorizedException);
    assert.ok(await mia.signIn(NEW_PASSWORD));
  });
}

test("a password that an administrator resets is replaced by the code", async (t) => {
  const mia = await Newcomer.of(t);
  await mia.signUp();
  await mia.confirm();
  await mia.pool.resetPassword("mia");
  await assert.rejects(mia.signIn(), PasswordResetRequiredException);
  await mia.reset(mia.lastCode());
  assert.ok(await mia.signIn(NEW_PASSWORD));
});

test("a changed address is verified by the code", async (t) => {
  const mia = await Newcomer.of(t);
  await mia.signUp();
  await mia.confirm();
  const AccessToken = await mia.signIn();
  const change = { AccessToken, UserAttributes: [{ Name: "email", Value: "mia@example.org" }] };
  const { CodeDeliveryDetailsList: sent } = await mia.client.send(new UpdateUserAttributesCommand(change));
  assert.deepEqual(sent, [TO_EMAIL]);
  assert.equal((await mia.attributes(AccessToken)).email_verified, "false");
  const email = { AccessToken, AttributeName: "email" };
  const again = await mia.client.send(new GetUserAttributeVerificationCodeCommand(email));
  assert.deepEqual(again.CodeDeliveryDetails, TO_EMAIL);
  const code = mia.lastCode();
  const verify = (Code) => mia.client.send(new VerifyUserAttributeCommand({ ...email, Code }));
  await assert.rejects(verify(otherThan(code)), CodeMismatchException);
  await verify(code);
  const shown = await mia.attributes(AccessToken);
  assert.deepEqual([shown.email, shown.email_verified], ["mia@example.org", "true"]);
  await assert.rejects(verify(code), ExpiredCodeException);
});

test("nobody's codes are spoken of as the client says", async (t) => {
  const told = await Newcomer.of(t, { username: "nobody" });
  await assert.rejects(told.forget(), UserNotFoundException);
  const hidden = await Newcomer.of(t, { username: "nobody", client: HIDES_USERS });
  assert.deepEqual(await refusal(hidden.reset("123456")), USED_CODE);
  assert.deepEqual(Object.keys(await hidden.forget()).sort(), Object.keys(TO_EMAIL));
  assert.deepEqual(await refusal(hidden.reset("123456")), WRONG_CODE);
  assert.deepEqual(await refusal(hidden.confirm("123456")), USED_CODE);
});

test("a link confirms whoever follows it", async (t) => {
  const mia = await Newcomer.of(t, { settings: BY_LINK });
  await mia.signUp();
  const { Link: link, Code: code } = mia.pool.lastMessage("mia");
  assert.equal((await fetch(link.replace(code, otherThan(code)))).status, 400);
  await assert.rejects(mia.signIn(), UserNotConfirmedException);
  assert.equal((await fetch(link)).status, 200);
  assert.ok(await mia.signIn());
  assert.equal((await fetch(link)).status, 400);
});
