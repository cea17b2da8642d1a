// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title A grant that becomes its beneficiary's little by little
/// @notice Whatever is sent here, in any token or ether, vests from `start()` over `duration()`, nothing of it before
/// the cliff, in steps if the terms have a period. A revoker, if there is one, can stop it once: what has vested
/// until then stays the beneficiary's, the rest goes back.
/// @dev OpenZeppelin's VestingWallet with what it leaves out. Times in seconds since 1970, amounts in smallest units,
/// token 0 is ether. The beneficiary is `owner()` and passes the grant on in two steps.
interface IVestingGrant {
  /// @notice The revoker stopped it: nothing vests after `time`.
  event GrantRevoked(uint256 time);
  /// @notice The revoker gave up the right to stop it, for good.
  event GrantMadeIrrevocable();
  /// @notice What will never vest went back to the revoker.
  event GrantReturned(address indexed token, address indexed revoker, uint256 amount);

  /// @notice This is the code behind the instances and nobody's grant.
  error GrantBareImplementation();
  /// @notice The terms make no grant: nobody's, no duration or more than 100 years, a cliff or period beyond it, or a
  /// revoker who is the beneficiary.
  error GrantTermsInvalid();
  /// @notice Only this account may do this.
  error GrantNotAllowed(address allowed, address caller);
  /// @notice Nothing is due in this token.
  error GrantNothingDue(address token);
  /// @notice It was revoked before, or can no longer be.
  error GrantNotRevocable();
  /// @notice It was not revoked.
  error GrantNotRevoked();
  /// @notice A grant that belongs to nobody would be lost.
  error GrantOwnerNeeded();
  /// @notice The token moved another amount than it was told.
  error GrantTokenOdd(address token, uint256 expected, uint256 moved);

  /// @notice The beneficiary takes what is due in the grant's own currency.
  function take() external;

  /// @notice The revoker stops the grant; everything that has vested stays the beneficiary's.
  function revoke() external;

  /// @notice The revoker gives up the right to stop it.
  function makeIrrevocable() external;

  /// @notice After a revocation, sends what will never vest to the revoker. Anyone may call.
  function giveBack(address token) external returns (uint256 amount);

  /// @notice After a revocation, sends the grant's own currency back.
  function giveBackRest() external returns (uint256 amount);

  /// @notice Fails unless the terms make a grant.
  function check() external view;

  /// @notice In the grant's own currency: all that ever came, what has vested, was taken, and is due now.
  function standing() external view returns (uint256 total, uint256 vested, uint256 taken, uint256 due);

  /// @notice When it begins, when anything is due first, when everything is, and in steps of how many seconds.
  function schedule() external view returns (uint256 begins, uint256 cliff, uint256 ends, uint256 period);

  /// @notice What of a token can be given back now.
  function returnable(address token) external view returns (uint256);

  /// @notice What of a token was given back.
  function returned(address token) external view returns (uint256);

  /// @notice Whether something is due in the grant's own currency.
  function isDue() external view returns (bool);

  /// @notice Whether it can be revoked now.
  function isRevocable() external view returns (bool);

  /// @notice Whether it was revoked.
  function isRevoked() external view returns (bool);

  /// @notice Whether something in the grant's own currency can be given back now.
  function isReturnable() external view returns (bool);

  /// @notice When it was revoked, 0 if it was not.
  function revokedAt() external view returns (uint256);

  /// @notice Who may stop it; 0: nobody.
  function revoker() external view returns (address);

  /// @notice The grant's own currency, 0 for ether.
  function token() external view returns (address);
}
