/* Event types and their names. Spec: TCG PC Client Platform Firmware Profile, 10.4.1. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define EV_PREBOOT_CERT			 0x00000000u
#define EV_POST_CODE			 0x00000001u
#define EV_NO_ACTION			 0x00000003u
#define EV_SEPARATOR			 0x00000004u
#define EV_ACTION			 0x00000005u
#define EV_EVENT_TAG			 0x00000006u
#define EV_S_CRTM_VERSION		 0x00000008u
#define EV_PLATFORM_CONFIG_FLAGS	 0x0000000au
#define EV_IPL				 0x0000000du
#define EV_EFI_VARIABLE_DRIVER_CONFIG	 0x80000001u
#define EV_EFI_VARIABLE_BOOT		 0x80000002u
#define EV_EFI_BOOT_SERVICES_APPLICATION 0x80000003u
#define EV_EFI_BOOT_SERVICES_DRIVER	 0x80000004u
#define EV_EFI_RUNTIME_SERVICES_DRIVER	 0x80000005u
#define EV_EFI_GPT_EVENT		 0x80000006u
#define EV_EFI_ACTION			 0x80000007u
#define EV_EFI_PLATFORM_FIRMWARE_BLOB	 0x80000008u
#define EV_EFI_HANDOFF_TABLES		 0x80000009u
#define EV_EFI_PLATFORM_FIRMWARE_BLOB2	 0x8000000au
#define EV_EFI_HANDOFF_TABLES2		 0x8000000bu
#define EV_EFI_VARIABLE_BOOT2		 0x8000000cu
#define EV_EFI_VARIABLE_AUTHORITY	 0x800000e0u

/* "EV_SEPARATOR" ...; "unknown" for a type without a name. */
const char *tcg_type_name(uint32_t type);

/* False if no type has that name. */
bool tcg_type_find(const char *name, uint32_t *ret);
