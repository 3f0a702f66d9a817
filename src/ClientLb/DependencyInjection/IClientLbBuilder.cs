using Microsoft.Extensions.DependencyInjection;

namespace ClientLb.DependencyInjection;

/// <summary>What <c>AddClientLb()</c> returns: sources, policies and clusters are added to it.</summary>
public interface IClientLbBuilder
{
    /// <summary>The service collection behind it.</summary>
    IServiceCollection Services { get; }
}
