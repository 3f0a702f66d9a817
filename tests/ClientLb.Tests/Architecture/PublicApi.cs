using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace ClientLb.Tests.Architecture;

/// <summary>The public API of an assembly as text: one line a type, one line a member, each complete in itself.</summary>
internal static class PublicApi
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IEnumerable<Type> Types(Assembly assembly) => assembly.GetExportedTypes().Where(type => !IsGenerated(type));

    public static IEnumerable<string> Lines(Type type)
    {
        var name = TypeText.Of(type);
        yield return $"{Kind(type)} {name}{Bases(type)}{TypeText.Constraints(type)}";
        if (typeof(Delegate).IsAssignableFrom(type))
        {
            yield return $"{name}.Invoke{Signature(type.GetMethod("Invoke")!)}";
            yield break;
        }

        foreach (var member in type.GetMembers(Declared).Where(member => !IsGenerated(member)).Select(member => Line(name, member)).OfType<string>())
        {
            yield return member;
        }
    }

    /// <summary>A line without the words before the name: sorted by it, a type stands before its members.</summary>
    public static string Subject(string line) => line[Math.Max(0, line.IndexOf("ClientLb", StringComparison.Ordinal))..];

    private static string? Line(string type, MemberInfo member) => member switch
    {
        FieldInfo { DeclaringType.IsEnum: true, IsLiteral: true } value => $"{type}.{value.Name}{Constant(value)}",
        FieldInfo { IsSpecialName: false } field when IsVisible(field.Attributes) =>
            $"{Modifiers(field)}{type}.{field.Name}{Constant(field)}: {TypeText.Of(new NullabilityInfoContext().Create(field))}",
        PropertyInfo property when Accessors(property) is { Length: > 0 } accessors =>
            $"{Modifiers(property.GetAccessors(true)[0])}{Required(property)}{type}.{property.Name}{Indices(property)}: "
            + $"{TypeText.Of(new NullabilityInfoContext().Create(property))} {{ {accessors} }}",
        EventInfo @event when IsVisible(@event.AddMethod!) =>
            $"{Modifiers(@event.AddMethod!)}event {type}.{@event.Name}: {TypeText.Of(new NullabilityInfoContext().Create(@event))}",
        ConstructorInfo { IsStatic: false } constructor when IsVisible(constructor) =>
            $"{Modifiers(constructor)}{type}.{constructor.DeclaringType!.Name.Split('`')[0]}{Parameters(constructor)}",
        MethodInfo method when IsVisible(method) && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)) && !IsOfObject(method) =>
            $"{Modifiers(method)}{type}.{method.Name}{Signature(method)}",
        _ => null,
    };

    private static string Kind(Type type)
    {
        var kind = type switch
        {
            { IsInterface: true } => "interface",
            { IsEnum: true } => "enum",
            { IsValueType: true } => IsReadOnly(type) ? "readonly struct" : "struct",
            _ when typeof(Delegate).IsAssignableFrom(type) => "delegate",
            { IsAbstract: true, IsSealed: true } => "static class",
            { IsAbstract: true } => "abstract class",
            { IsSealed: true } => "sealed class",
            _ => "class",
        };
        return type.IsByRefLike ? kind.Replace("struct", "ref struct", StringComparison.Ordinal) : kind;
    }

    private static string Bases(Type type)
    {
        if (type.IsEnum)
        {
            return $" : {TypeText.Of(Enum.GetUnderlyingType(type))}";
        }

        if (typeof(Delegate).IsAssignableFrom(type))
        {
            return "";
        }

        var inherited = type.BaseType?.GetInterfaces() ?? [];
        var own = type.GetInterfaces().Where(face => face.IsPublic || face.IsNestedPublic).Except(inherited).Select(TypeText.Of).Order(StringComparer.Ordinal);
        var bases = type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) ? own.Prepend(TypeText.Of(parent)) : own;
        return string.Join(", ", bases) is { Length: > 0 } list ? $" : {list}" : "";
    }

    private static string Accessors(PropertyInfo property)
    {
        var texts = new[] { (property.GetMethod, "get;"), (property.SetMethod, IsInit(property) ? "init;" : "set;") }
            .Where(accessor => accessor.Item1 is { } method && IsVisible(method))
            .Select(accessor => (accessor.Item1!.IsPublic ? "" : "protected ") + accessor.Item2);
        return string.Join(' ', texts);
    }

    private static string Modifiers(MethodBase method)
    {
        var access = method.IsPublic ? "" : "protected ";
        return access + method switch
        {
            { IsStatic: true } => "static ",
            { DeclaringType.IsInterface: true } => method.IsAbstract ? "" : "virtual ",
            { IsAbstract: true } => "abstract ",
            MethodInfo { IsVirtual: true } info when info.GetBaseDefinition() != info => "override ",
            { IsVirtual: true, IsFinal: false } => "virtual ",
            _ => "",
        };
    }

    private static string Modifiers(FieldInfo field) =>
        (field.IsPublic ? "" : "protected ") + (field.IsLiteral ? "const " : field.IsStatic ? "static " : "") + (field.IsInitOnly ? "readonly " : "");

    private static string Signature(MethodInfo method) =>
        TypeText.GenericNames(method) + Parameters(method) + ": " + TypeText.Of(new NullabilityInfoContext().Create(method.ReturnParameter))
        + TypeText.Constraints(method);

    private static string Parameters(MethodBase method) => $"({string.Join(", ", method.GetParameters().Select(Parameter))})";

    private static string Indices(PropertyInfo property) =>
        property.GetIndexParameters() is { Length: > 0 } indices ? $"[{string.Join(", ", indices.Select(Parameter))}]" : "";

    private static string Parameter(ParameterInfo parameter)
    {
        var passing = parameter switch
        {
            { ParameterType.IsByRef: true, IsOut: true } => "out ",
            { ParameterType.IsByRef: true, IsIn: true } => "in ",
            { ParameterType.IsByRef: true } => "ref ",
            _ when parameter.IsDefined(typeof(ParamArrayAttribute)) => "params ",
            _ when parameter.Position == 0 && parameter.Member.IsDefined(typeof(ExtensionAttribute)) => "this ",
            _ => "",
        };
        var value = parameter.HasDefaultValue ? $" = {Literal(parameter.DefaultValue)}" : "";
        return $"{passing}{TypeText.Of(new NullabilityInfoContext().Create(parameter))} {parameter.Name}{value}";
    }

    private static string Constant(FieldInfo field) => field.IsLiteral ? $" = {Literal(field.GetRawConstantValue())}" : "";

    private static string Literal(object? value) => value switch
    {
        null => "default",
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static bool IsVisible(MethodBase method) =>
        method.IsPublic || (method.IsFamily || method.IsFamilyOrAssembly) && !method.DeclaringType!.IsSealed;

    private static bool IsVisible(FieldAttributes attributes) =>
        (attributes & FieldAttributes.FieldAccessMask) is FieldAttributes.Public or FieldAttributes.Family or FieldAttributes.FamORAssem;

    /// <summary>What the compiler adds to records and lambdas. Accessors carry the mark too, but stand behind their property.</summary>
    private static bool IsGenerated(MemberInfo member) =>
        member.Name.Contains('<', StringComparison.Ordinal) || member.Name == "EqualityContract"
        || (member is MethodBase or Type && member.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false));

    private static bool IsOfObject(MethodInfo method) => method.GetBaseDefinition().DeclaringType is { } type && (type == typeof(object) || type == typeof(ValueType));

    private static bool IsInit(PropertyInfo property) =>
        property.SetMethod?.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) == true;

    private static bool IsReadOnly(Type type) => type.IsDefined(typeof(IsReadOnlyAttribute), inherit: false);

    private static string Required(PropertyInfo property) => property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";
}
