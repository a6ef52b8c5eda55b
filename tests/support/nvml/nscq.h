/* The structs of NSCQ's API 2 that the library of the tests hands over by value, and the callbacks
 * that get them, written down once more, so that a slip in the product's own is not repeated here.
 */
#pragma once

#include <stdint.h>

struct fake_uuid { /* nscq_uuid_t */
	uint8_t bytes[0x10];
};

struct fake_label { /* nscq_label_t */
	char data[0x40];
};

struct fake_session_result { /* nscq_session_result_t */
	int8_t rc;
	struct fake_session *session;
};

struct fake_switch_certificate { /* nscq_attestation_certificate_t */
	uint8_t cert_chain[0x1400];
	uint32_t cert_chain_size;
};

struct fake_switch_report { /* nscq_attestation_report_t */
	uint32_t report_size;
	uint8_t report[0x2000];
};

typedef void fake_fn(void);
typedef void fake_uuid_fn(const struct fake_uuid *device, int8_t rc, const struct fake_uuid *uuid,
			  void *user);
typedef void fake_number_fn(const struct fake_uuid *device, int8_t rc, int8_t value, void *user);
typedef void fake_certificate_fn(const struct fake_uuid *device, int8_t rc,
				 struct fake_switch_certificate value, void *user);
typedef void fake_report_fn(const struct fake_uuid *device, int8_t rc,
			    struct fake_switch_report value, void *user);
