/* The dev broker's bounds, with unit and reason. Those of the wire are the guest's own (limits.h).
 */
#pragma once

#include "base/limits.h"

#define BROKER_BODY_BYTES  LIMIT_HTTP_BODY_BYTES /* Trustee's payload_request_size: 2 MiB      */
#define BROKER_HEAD_BYTES  LIMIT_HTTP_HEAD_BYTES /* a bearer token of ours is 3 KiB            */
#define BROKER_HEADERS	   64			 /* lines of a request head                    */
#define BROKER_CONNECTIONS 64			 /* each may hold one body                     */
#define BROKER_SESSIONS	   256			 /* then the oldest makes room                 */

#define BROKER_REQUEST_MS 30000 /* handshake and one whole request                    */
#define BROKER_ANSWER_MS  30000 /* until the peer has taken its answer                */
#define BROKER_IDLE_MS	  60000 /* between two requests on one connection             */
#define BROKER_DRAIN_MS	  2000	/* reading off what a refused request still sends     */

#define BROKER_POLICY_BYTES (1024 * 1024)
#define BROKER_POLICY_RULES 256 /* each is walked on every request for a resource     */
#define BROKER_POLICY_WORDS 256 /* entries of one list of a rule                      */

#define BROKER_SESSION_SECONDS	   300	 /* Trustee's default: five minutes                    */
#define BROKER_SESSION_SECONDS_MAX 86400 /* a day                                              */
