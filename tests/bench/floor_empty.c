/* SPDX-License-Identifier: MIT */
/* The least a program that is linked like credvault can cost. */

int main(void)
{
	return 0;
}
