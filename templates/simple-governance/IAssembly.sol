// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Decisions by deposit
/// @notice Holders of one token decide together about money and calls of this contract. A vote is a deposit in the
/// Till, `hold(token(), gross, this, bytes32(proposal), abi.encode(support))`: it weighs what was deposited, stays
/// locked until the vote is over, and goes back in full, however the vote ends.
/// @dev An OpenZeppelin Governor whose weight is a deposit instead of a past balance: coins cannot vote twice on one
/// proposal, nor be borrowed for one transaction, and any ERC-20 will do. Amounts in the smallest units of `token()`,
/// times in seconds since 1970, majorities in basis points. Proposals are numbered from 1.
interface IAssembly {
  /// @notice What a proposal does decides what it needs.
  /// @dev Opinion: nothing is carried out. Payment: tokens or ether leave. Grave: any other call; twice the quorum
  /// and the larger majority.
  enum Kind {
    Opinion,
    Payment,
    Grave
  }

  /// @notice A proposal is of this kind.
  event ProposalRanked(uint256 indexed proposal, Kind kind);

  /// @notice Deposits are announced by the Till, and by nobody else.
  error AssemblyCallerNotTill(address caller);
  /// @notice This is the code behind the instances and decides nothing.
  error AssemblyBareImplementation();
  /// @notice Votes are deposits; direct payments are not taken.
  error AssemblyTakesNoPayment();
  /// @notice Votes are deposits of this assembly's token.
  error AssemblyTokenRefused(address token);
  /// @notice The terms make no assembly: no token or quorum, a majority under a half or over all, a grave one that is
  /// smaller, or less than an hour to vote or to carry out.
  error AssemblyTermsInvalid();
  /// @notice Votes are cast with a deposit through the Till, and not here.
  error AssemblyVotesByDeposit();
  /// @notice The Till holds the voters' deposits: no decision reaches it.
  error AssemblyTargetRefused(address target);
  /// @notice A decision is carried out from `first` on.
  error AssemblyTooEarly(uint256 first);
  /// @notice Deposits stay until the vote is over.
  error AssemblyVoteOpen(uint256 deadline);

  /// @notice Proposes to say something.
  function proposeOpinion(string calldata description) external returns (uint256 proposal);

  /// @notice Proposes to pay an amount of this contract's tokens (0: ether) to somebody.
  function proposePayment(
    address asset,
    address to,
    uint256 amount,
    string calldata description
  ) external returns (uint256 proposal);

  /// @notice Proposes any other call.
  function proposeCall(
    address target,
    bytes calldata data,
    string calldata description
  ) external returns (uint256 proposal);

  /// @notice Carries out what was accepted. Anyone may call.
  function carryOut(uint256 proposal) external;

  /// @notice After the vote, sends a voter's deposit back. Anyone may call.
  function giveBack(uint256 proposal, address voter) external returns (uint256 amount);

  /// @notice Fails unless the terms make an assembly.
  function check() external view;

  /// @notice A proposal: its state as in OpenZeppelin's Governor, its kind, the last second to vote, and the votes.
  function standing(
    uint256 proposal
  ) external view returns (uint256 phase, Kind kind, uint256 ends, uint256 against, uint256 favour, uint256 abstained);

  /// @notice Whether it can be voted on now.
  function isOpen(uint256 proposal) external view returns (bool);

  /// @notice Whether it can be carried out now.
  function isExecutable(uint256 proposal) external view returns (bool);

  /// @notice Whether deposits can be sent back.
  function isOver(uint256 proposal) external view returns (bool);

  /// @notice Whether it was accepted and waits to be carried out.
  function isAccepted(uint256 proposal) external view returns (bool);

  /// @notice From when to when an accepted proposal is carried out.
  function executionOf(uint256 proposal) external view returns (uint256 first, uint256 last);

  /// @notice Until when an accepted proposal can be carried out.
  function lastOf(uint256 proposal) external view returns (uint256);

  /// @notice The reference of a vote's deposit.
  function refOf(uint256 proposal) external pure returns (bytes32);

  /// @notice What votes weigh.
  function token() external view returns (address);

  /// @notice What must be deposited for a proposal or as abstention, the majorities, and how long one votes.
  function rules()
    external
    view
    returns (uint256 least, uint256 majority, uint256 graveMajority, uint256 notice, uint256 period);
}
