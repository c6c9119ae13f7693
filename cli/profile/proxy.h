/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_PROXY_H
#define CV_CLI_PROFILE_PROXY_H

#include <stdbool.h>

/**
 * Which proxy a request takes, by the habits that curl and the SDKs share. Pure: the variables'
 * values are handed in.
 */

/**
 * Whether `hosts` (the value of no_proxy: names, ".suffixes" or "*", parted by commas or spaces)
 * takes in `host`. A name takes in itself and all below it. Case does not matter; a ":port" is
 * looked past.
 */
bool proxy_excludes(const char *hosts, const char *host);

/**
 * The host of a URL, without port, brackets or user information, into out[size]; false when there
 * is none or it does not fit.
 */
bool proxy_host(const char *url, char *out, unsigned long size);

/**
 * The whole URL of a proxy as a variable names it: "http://" where it says nothing else, and where
 * there is no port the one that SDKs take, 80 or https's 443; without a path. False when it does
 * not fit.
 */
bool proxy_url(const char *text, char *out, unsigned long size);

/** A literal loopback address, or localhost. */
bool proxy_is_loopback(const char *host);

#endif
