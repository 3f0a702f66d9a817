namespace ClientLb.Endpoints;

/// <summary>What a lease overlooks. A retired endpoint is never leased.</summary>
internal enum LeaseRule
{
    /// <summary>Nothing: the endpoint must be in.</summary>
    Normal,

    /// <summary>Exclusion by soft evidence: in panic.</summary>
    OverlookSoft,

    /// <summary>Exclusion by any evidence: for the attempt of a probation, and where nothing else is left.</summary>
    OverlookAll,
}
