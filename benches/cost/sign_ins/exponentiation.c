/* The processor time of one exponentiation in constant time by OpenSSL, in microseconds: a base modulo the prime of group 15 of
   RFC 3526, to an exponent of 256 set bits. The base is 2 to the power of that exponent. */

#include <openssl/bn.h>
#include <stdio.h>
#include <time.h>

enum { TIMES = 200 };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

int main(void) {
    BN_CTX *context = BN_CTX_new();
    BIGNUM *prime = BN_get_rfc3526_prime_3072(NULL);
    BIGNUM *exponent = BN_new(), *base = BN_new(), *power = BN_new();
    BN_MONT_CTX *form = BN_MONT_CTX_new();
    int done = BN_MONT_CTX_set(form, prime, context) && BN_set_word(base, 2) && BN_set_bit(exponent, 256) &&
               BN_sub_word(exponent, 1) && BN_mod_exp_mont_consttime(base, base, exponent, prime, context, form);
    double before = now();
    for (int time = 0; done && time < TIMES; time++)
        done = BN_mod_exp_mont_consttime(power, base, exponent, prime, context, form);
    printf("%.1f\n", (now() - before) / TIMES);
    return done ? 0 : 1;
}
