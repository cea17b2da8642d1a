// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title Loyalty points
/// @notice Pay the programme through the Till, `payAndCall(MZ, gross, this, ref, "")`, and receive points; the owner
/// is paid in the same transaction. Points are an ERC-20 without decimals that lapses, and are exchanged for rewards.
/// @dev Amounts of MZ are in wei, points are whole, times in seconds since 1970. Rewards and claims are numbered from
/// 1. Lapsed points are in `totalSupply` until somebody calls `lapse`, and in no balance.
interface ILoyaltyPoints {
  /// @notice What a claim is waiting for. Waiting: the reward. Given and Returned are for good.
  enum State {
    None,
    Waiting,
    Given,
    Returned
  }

  /// @notice Points for a payment.
  event Earned(address indexed member, bytes32 indexed ref, uint256 gross, uint256 points);
  /// @notice Points without a payment.
  event Awarded(address indexed issuer, address indexed member, uint256 points, bytes32 note);
  /// @notice An issuer may award so many points more.
  event BudgetSet(address indexed issuer, uint256 budget);
  /// @notice A reward is offered, or offered otherwise; claims already made are not touched.
  event Offered(uint256 indexed reward, uint256 edition, uint256 price, uint256 stock, bytes32 text);
  /// @notice A member gave points for a reward, which is due until `until`.
  event Claimed(uint256 indexed claim, address indexed member, uint256 indexed reward, uint256 points, uint256 until);
  /// @notice The owner says that the reward was given.
  event Given(uint256 indexed claim, bytes32 proof);
  /// @notice The points are the member's again.
  event Returned(uint256 indexed claim);

  /// @notice Payments are announced by the Till, and by nobody else.
  error PointsCallerNotTill(address caller);
  /// @notice This is the code behind the instances and gives no points itself.
  error PointsBareImplementation();
  /// @notice Points are earned by paying MZ.
  error PointsTokenRefused(address token);
  /// @notice Payments are settled at once; deposits are not taken.
  error PointsTakeNoDeposit();
  /// @notice The terms make no programme: owner 0, or less than a day to give a reward.
  error PointsTermsInvalid();
  /// @notice Only this account may do this.
  error PointsNotAllowed(address allowed, address caller);
  /// @notice The issuer's budget is smaller.
  error PointsBudgetTooSmall(uint256 budget, uint256 points);
  /// @notice In this programme members do not pass on points; in none to the programme itself.
  error PointsNotTransferable(address to);
  /// @notice There is no such reward, or not for nothing.
  error PointsRewardUnknown(uint256 reward);
  /// @notice The owner has offered the reward anew since the member looked.
  error PointsEditionOver(uint256 edition, uint256 given);
  /// @notice None is left.
  error PointsSoldOut(uint256 reward);
  /// @notice The claim is waiting for nothing any more.
  error PointsStateWrong(State state);
  /// @notice It is too late, or too early, for this: `limit` is the last second to give the reward.
  error PointsOver(uint256 limit);
  /// @notice The programme has ended: no points, no rewards.
  error PointsEnded();
  /// @notice Members wait for so many rewards: give them, or give their points back.
  error PointsClaimsWait(uint256 claims);
  /// @notice Only the registry ends a programme, and not while it is made.
  error PointsCallerNotRegistry(address caller);

  /// @notice The owner or an issuer, within the budget, gives points.
  function award(address member, uint128 points, bytes32 note) external;

  /// @notice The owner lets somebody award so many points more; 0 ends it.
  function setBudget(address issuer, uint128 points) external;

  /// @notice The owner offers a reward: a new one for `reward` 0, otherwise that reward anew, for later claims.
  function offer(uint32 reward, uint96 price, uint32 stock, bytes32 text) external returns (uint256 number);

  /// @notice A member gives points for a reward as it was seen.
  function claim(uint32 reward, uint32 edition) external returns (uint256 number);

  /// @notice The owner has given the reward.
  function give(uint256 number, bytes32 proof) external;

  /// @notice The owner at any time, and anyone once it is overdue, gives the points back.
  function giveBack(uint256 number) external;

  /// @notice Takes lapsed points of an account out of the supply. Anyone may call.
  function lapse(address member) external returns (uint256 points);

  /// @notice Sends the owner what came here by other ways, in any ERC-20; also after the end. Anyone may call.
  function collect(IERC20 token) external returns (uint256 amount);

  /// @notice Points for a payment, rounded down.
  function pointsFor(uint256 gross) external view returns (uint256);

  /// @notice An account's points and when they lapse unless it earns more; 0: never, or there are none.
  function standing(address member) external view returns (uint256 points, uint256 until);

  /// @notice A reward: its price in points, and how many there are.
  function rewards(uint256 reward) external view returns (uint256 price, uint256 stock);

  /// @notice How often a reward was offered; a claim names it, so that nobody claims what they did not see.
  function editionOf(uint256 reward) external view returns (uint32);

  /// @notice A claim: who gave how many points for what.
  function claimOf(
    uint256 number
  ) external view returns (State state, address member, uint256 reward, uint256 points, uint256 until);

  /// @notice Whether a claim is in this state.
  function isState(uint256 number, State wanted) external view returns (bool);

  /// @notice Whether anyone may give a claim's points back.
  function isOverdue(uint256 number) external view returns (bool);

  /// @notice The last second to give a reward.
  function endsOf(uint256 number) external view returns (uint256);

  /// @notice How many points an issuer may award.
  function budgetOf(address issuer) external view returns (uint256);

  /// @notice Whether an account may award points.
  function isIssuer(address account) external view returns (bool);

  /// @notice Whether points are earned and rewards claimed: until the programme is ended.
  function isOpen() external view returns (bool);

  /// @notice How many rewards and claims there are.
  function counts() external view returns (uint256 rewardCount, uint256 claimCount);

  /// @notice The rules: points for one MZ, how long points live, whether members pass them on, the time to give a
  /// reward.
  function terms() external view returns (uint256 rate, uint256 lifetime, bool transferable, uint256 term);

  /// @notice Who is paid, offers and gives.
  function owner() external view returns (address);

  /// @notice The SHA-256 digest in the content address of the programme's own words.
  function text() external view returns (bytes32);
}
